import type { Look } from './scan.ts'

/** First two digits of a region in GB/T 2260. */
const regions = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(' '),
)
const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const checkDigits = '10X98765432'

/** Whether an 18-character number is that of a resident identity card: region, date of birth, check digit (GB 11643, ISO 7064 MOD 11-2). */
export function isIdentityNumber(text: string): boolean {
  if (!regions.has(text.slice(0, 2))) return false
  const [year, month, day] = [Number(text.slice(6, 10)), Number(text.slice(10, 12)), Number(text.slice(12, 14))]
  const monthDays = month === 2 ? (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28) : 31
  if (year < 1900 || year > 2099 || month < 1 || month > 12) return false
  if (day < 1 || day > ([4, 6, 9, 11].includes(month) ? 30 : monthDays)) return false
  const sum = weights.reduce((total, weight, at) => total + weight * Number(text[at]), 0)
  return checkDigits[sum % 11] === text[17]?.toUpperCase()
}

/** Luhn's check over digits (ISO/IEC 7812-1, Annex B). */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place])
    const doubled = place % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** Prefix and length of the card schemes that are common in China; a number of another length is no card. */
function isCardNumber(digits: string): boolean {
  const { length } = digits
  const four = Number(digits.slice(0, 4))
  const scheme =
    (digits.startsWith('62') && length >= 16) ||
    (digits.startsWith('4') && length === 16) ||
    (length === 16 && ((four >= 5100 && four <= 5599) || (four >= 2221 && four <= 2720))) ||
    (length === 16 && four >= 3528 && four <= 3589) ||
    (length === 15 && /^3[47]/.test(digits))
  // Numbers of which most digits are one and the same are placeholders.
  return scheme && new Set(digits).size > 3 && passesLuhn(digits)
}

/** Mobile prefixes in use on the mainland; 140-144 and 154 for example are not given to people. */
const mobile = /^1(?:3\d|4[5-9]|5[0-35-9]|6[25-7]|7[0-8]|8\d|9[0-35-9])/

export const personalId: Look = {
  kind: 'personal_id',
  pattern: /(?<![0-9A-Za-z_])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[0-9Xx](?![0-9A-Za-z_])/g,
  reach: 19,
  judge: ([text]) => (isIdentityNumber(text) ? text.toUpperCase() : null),
}

export const personalPhone: Look = {
  kind: 'personal_phone',
  pattern: /(?<![0-9A-Za-z_.+-])(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?![0-9A-Za-z_]|[.-]\d)/g,
  reach: 22,
  judge([text]) {
    const digits = text.replace(/\D/g, '').slice(-11)
    return mobile.test(digits) ? digits : null
  },
}

export const bankCard: Look = {
  kind: 'bank_card',
  pattern: /(?<![0-9A-Za-z_.-])(?:\d{15,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1?\d{1,3})?)(?![0-9A-Za-z_]|[.-]\d)/g,
  reach: 26,
  judge([text]) {
    const digits = text.replace(/\D/g, '')
    return isCardNumber(digits) && !(digits.length === 18 && isIdentityNumber(digits)) ? digits : null
  },
}
