/**
 * What a page hides of recorded traffic until somebody asks for it: secrets by the name they stand under, and what looks like
 * a person's number. A view only; the sealed record keeps every byte. It errs on the side of hiding: whether a number is
 * a genuine one is no question here. Time grows with the text's length and no faster.
 */
export type Masked = {
  readonly text: string
  /** Values that were hidden. */
  readonly hidden: number
}

/** Stands in place of a hidden value. */
export const maskSign = '••••••'

const secretWithin =
  /passw(?:or)?d|passphrase|passcode|pwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|credential|sms[-_]?code|session[-_]?id|sessid|jwt|authorization|密码|口令/i
const secretAlone = /^(?:pass|pin|otp|sid|auth|captcha)$/i
const isSecret = (name: string): boolean => secretWithin.test(name) || secretAlone.test(name)

/** A head: start line and fields, one a line. */
export function maskHead(head: string): Masked {
  let hidden = 0
  const lines = head.split('\r\n').map((line, at) => {
    const field = at === 0 ? null : /^(:?[^:\s]{1,80}):[ \t]*/.exec(line)
    const masked = field === null ? maskNamed(line) : maskField(field[1]?.toLowerCase() ?? '', field[0], line)
    const whole = maskPersonal(masked.text)
    hidden += masked.hidden + whole.hidden
    return whole.text
  })
  return { text: lines.join('\r\n'), hidden }
}

function maskField(name: string, front: string, line: string): Masked {
  const value = line.slice(front.length)
  if (value === '') return { text: line, hidden: 0 }
  if (name === 'cookie') {
    const pairs = value.split(/; ?/).map((pair) => pair.replace(/=[^]*$/, `=${maskSign}`))
    return { text: front + pairs.join('; '), hidden: pairs.length }
  }
  if (name === 'set-cookie')
    return { text: front + value.replace(/^([^=;]{0,200})=[^;]*/, `$1=${maskSign}`), hidden: 1 }
  if (!isSecret(name)) return maskNamed(line)
  // The scheme of an authorization is no secret, and says what to look for.
  const scheme = /^[A-Za-z][\w-]{0,30} (?=\S)/.exec(value)?.[0] ?? ''
  return { text: front + scheme + maskSign, hidden: 1 }
}

/** A body, a frame or a path as text. */
export function maskText(text: string): Masked {
  const named = maskNamed(text)
  const whole = maskPersonal(named.text)
  return { text: whole.text, hidden: named.hidden + whole.hidden }
}

/** Where a value begins that a name stands before, in JSON, multipart forms, XML and query strings, and what ends it. */
const places = [
  { begins: /"([^"\\\r\n]{1,80})"\s{0,20}:\s{0,20}"/g, end: endOfString },
  {
    begins: /"([^"\\\r\n]{1,80})"\s{0,20}:\s{0,20}(?=-?\d)/g,
    end: (text: string, at: number) => endBy(text, at, /[,\]}\s]/g),
  },
  {
    begins: /\bname="([^"\r\n]{1,80})"(?:[^\r\n]{0,200}\r\n){1,4}\r\n/g,
    end: (text: string, at: number) => endBy(text, at, /\r\n--/g),
  },
  { begins: /<([^\s<>/"]{1,80})(?:\s[^<>]{0,200})?>/g, end: (text: string, at: number) => endBy(text, at, /</g) },
  { begins: /([\w.[\]%-]{1,80}|密码|口令)=/g, end: (text: string, at: number) => endBy(text, at, /[&;\s"'<>]/g) },
] as const

function maskNamed(text: string): Masked {
  let now = text
  let hidden = 0
  for (const { begins, end } of places) {
    const kept: string[] = []
    let from = 0
    for (const found of now.matchAll(begins)) {
      const at = found.index + found[0].length
      // Within a value that was hidden just now.
      if (at < from || !isSecret(found[1] ?? '')) continue
      const until = end(now, at)
      if (until === at || now.startsWith(maskSign, at)) continue
      kept.push(now.slice(from, at), maskSign)
      from = until
      hidden += 1
    }
    kept.push(now.slice(from))
    now = kept.join('')
  }
  return { text: now, hidden }
}

function endOfString(text: string, at: number): number {
  for (let place = at; place < text.length; place++) {
    if (text[place] === '\\') place += 1
    else if (text[place] === '"') return place
  }
  return text.length
}

function endBy(text: string, at: number, stop: RegExp): number {
  stop.lastIndex = at
  return stop.exec(text)?.index ?? text.length
}

/** Identity card of 18 characters with a date of birth in it, mobile number, card of a bank; the last digits tell two apart. */
const numbers = [
  /(?<![0-9A-Za-z_])[1-9]\d{5}(?:19|20)\d{2}[01]\d[0-3]\d\d{3}[0-9Xx](?![0-9A-Za-z_])/g,
  /(?<![0-9A-Za-z_.-])(?:62\d{14,17}|(?:4\d|5[1-5]|35)\d{14}|3[47]\d{13})(?![0-9A-Za-z_]|[.-]\d)/g,
  /(?<![0-9A-Za-z_.-])1[3-9]\d{9}(?![0-9A-Za-z_]|[.-]\d)/g,
] as const

function maskPersonal(text: string): Masked {
  let hidden = 0
  let now = text
  for (const pattern of numbers) {
    now = now.replace(pattern, (number) => {
      hidden += 1
      return number.slice(0, 3) + '•'.repeat(number.length - 7) + number.slice(-4)
    })
  }
  return { text: now, hidden }
}
