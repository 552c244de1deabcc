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
type Checks = { readonly [name: string]: Check }
/** All of `checks` and nothing else, but for what is in `optional`. */
const members =
  (checks: Checks, optional: Checks = {}): Check =>
  (value) => {
    if (typeof value !== 'object' || value === null) return false
    const holds = ([name, check]: [string, Check]): boolean => check(value[name as keyof object])
    const there = Object.entries(optional).filter(([name]) => Object.hasOwn(value, name))
    return (
      Object.keys(value).length === Object.keys(checks).length + there.length &&
      Object.entries(checks).every((one) => Object.hasOwn(value, one[0]) && holds(one)) &&
      there.every(holds)
    )
  }

const receiptMembers = {
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
}
const receipt = members(receiptMembers, { keys: text })
const consistency = members(
  { format: exactly(consistencyFormat), from: count, proof: path, checkpoint: text },
  { keys: text },
)

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
