import { fromHex, fromUtf8 } from '../bytes.ts'
import { type Consistency, consistencyFormat, type Receipt, receiptFormat, receiptLimits } from './format.ts'

type Check = (value: unknown) => boolean

const text: Check = (value) => typeof value === 'string' && value.isWellFormed()
const textOrNull: Check = (value) => value === null || text(value)
const count: Check = (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
const path: Check = (value) =>
  Array.isArray(value) && value.length <= receiptLimits.hashes && value.every((hash) => fromHex(hash, 32) !== undefined)
const exactly =
  (wanted: string): Check =>
  (value) =>
    value === wanted
const members =
  (checks: { readonly [name: string]: Check }): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.keys(value).length === Object.keys(checks).length &&
    Object.entries(checks).every(([name, check]) => Object.hasOwn(value, name) && check(value[name as keyof object]))

const receipt = members({
  format: exactly(receiptFormat),
  entry: members({ index: count, leaf: text }),
  proof: path,
  checkpoint: text,
  key: text,
  names: members({
    act: members({ zh: text, en: text }),
    actor: text,
    engagement: textOrNull,
    subject: textOrNull,
  }),
  madeAt: text,
})
const consistency = members({ format: exactly(consistencyFormat), from: count, proof: path, checkpoint: text })

/** Reads a file's JSON, however it is spaced; undefined for anything that is not exactly of the shape. Never throws. */
function reader<T>(check: Check): (bytes: Uint8Array) => T | undefined {
  return (bytes) => {
    const whole = bytes.length > receiptLimits.bytes ? undefined : fromUtf8(bytes)
    if (whole === undefined) return undefined
    try {
      const value: unknown = JSON.parse(whole)
      return check(value) ? (value as T) : undefined
    } catch {
      return undefined
    }
  }
}

export const readReceipt = reader<Receipt>(receipt)
export const readConsistency = reader<Consistency>(consistency)
