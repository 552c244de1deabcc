import { createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { type Suite, aes256Gcm, materialOf, suiteOf } from './suites.ts'

/**
 * What a sealed value belongs to. A value moved to another row or column does not open. `version` is that of the text
 * where a row's text can change: an older text of the same row does not open either.
 */
export type SealPlace = {
  readonly table: string
  readonly column: string
  readonly row: string
  readonly version?: number
}

/** The keys of one tenant's engagement, or of the installation: new values are sealed with `current`. */
export type DataKeys = {
  readonly tenant: string
  readonly engagement: string
  readonly suite: Suite
  readonly current: number
  readonly keys: ReadonlyMap<number, Uint8Array>
  /** Never changes while the data live: digests, blind index and recordings are made with keys derived from it. */
  readonly fixed: Uint8Array
}

/** One key that is not rotated in place: of a file, or one that wraps others. */
export const oneKey = (key: Uint8Array, suite: Suite = aes256Gcm, tenant = '', version = 0): DataKeys => ({
  tenant,
  engagement: '',
  suite,
  current: version,
  keys: new Map([[version, key]]),
  fixed: key,
})

const format = 2
const formatOne = 1
const saltBytes = 24
/** format u8 ‖ suite u8 ‖ key version u16 ‖ version of the text u32 ‖ salt */
const headBytes = 8 + saltBytes

/** Bytes that a sealed value is longer than what it holds. */
export const overheadOf = (suite: Suite): number => headBytes + suite.tagBytes

/** The same of values of before key versions. */
export const overheadOfFormOne = 29

/** What a sealed value says of itself, in the clear and bound in; null for the first form, which says nothing. */
export function headOf(sealed: Uint8Array): { keyVersion: number; version: number; suite: Suite } | null {
  if (sealed[0] !== format || sealed.length < headBytes) return null
  const head = Buffer.from(sealed.buffer, sealed.byteOffset, headBytes)
  return { suite: suiteOf(head.readUInt8(1)), keyVersion: head.readUInt16BE(2), version: head.readUInt32BE(4) }
}

/**
 * Seals bytes under a key that is derived for this value alone: format ‖ suite ‖ key version ‖ version ‖ salt ‖ ciphertext ‖
 * tag. Tenant, engagement, table, column, row and version are associated data. Each value has 192 random bits of its own,
 * so a key may seal as many values as a database can hold.
 */
export function seal(keys: DataKeys, place: SealPlace, plain: Uint8Array | string): Buffer {
  const key = keys.keys.get(keys.current)
  if (!key) throw new Error(`there is no key ${keys.current} to seal with`)
  const salt = randomBytes(saltBytes)
  const head = Buffer.alloc(8)
  head.writeUInt8(format, 0)
  head.writeUInt8(keys.suite.id, 1)
  head.writeUInt16BE(keys.current, 2)
  head.writeUInt32BE(place.version ?? 0, 4)
  const bytes = typeof plain === 'string' ? Buffer.from(plain, 'utf8') : plain
  const body = keys.suite.seal(materialOf(keys.suite, key, salt), associated(head, keys, place), bytes)
  return Buffer.concat([head, salt, body])
}

/** @throws Error when the key, the place, the version or one bit of the value is not what it was */
export function open(keys: DataKeys, place: SealPlace, sealed: Uint8Array): Buffer {
  if (sealed[0] === formatOne) return openFormatOne(keys, place, sealed)
  const head = headOf(sealed)
  if (!head) throw new Error(`sealed value of ${place.table}.${place.column} has an unknown form`)
  if (head.version !== (place.version ?? 0))
    throw new Error(`sealed value of ${place.table}.${place.column} is not the version that its row has`)
  const key = keys.keys.get(head.keyVersion)
  if (!key)
    throw new Error(`sealed value of ${place.table}.${place.column} needs key ${head.keyVersion}, which is gone`)
  const material = materialOf(head.suite, key, sealed.subarray(8, headBytes))
  return head.suite.open(material, associated(sealed.subarray(0, 8), keys, place), sealed.subarray(headBytes))
}

export const openText = (keys: DataKeys, place: SealPlace, sealed: Uint8Array): string =>
  open(keys, place, sealed).toString('utf8')

const inText = 'zhs2:'

/** The same for a column of text. @returns `zhs2:` and base64 */
export const sealToText = (keys: DataKeys, place: SealPlace, plain: string): string =>
  `${inText}${seal(keys, place, plain).toString('base64')}`

/** @throws Error also for text that was never sealed: there is no reading without a key */
export function openFromText(keys: DataKeys, place: SealPlace, sealed: string): string {
  if (!isSealedText(sealed)) throw new Error(`the text of ${place.table}.${place.column} is not sealed`)
  return openText(keys, place, Buffer.from(sealed.slice(inText.length), 'base64'))
}

export const isSealedText = (text: string): boolean => text.startsWith(inText)

/** Values of before key versions: suite u8 = 1 ‖ nonce ‖ tag ‖ ciphertext, AES-256-GCM by the key itself. Read only. */
function openFormatOne(keys: DataKeys, place: SealPlace, sealed: Uint8Array): Buffer {
  const key = keys.keys.get(0)
  if (!key || sealed.length < 29) throw new Error(`sealed value of ${place.table}.${place.column} has an unknown form`)
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 13), { authTagLength: 16 })
  decipher.setAAD(lengths([place.table, place.column, place.row]))
  decipher.setAuthTag(sealed.subarray(13, 29))
  return Buffer.concat([decipher.update(sealed.subarray(29)), decipher.final()])
}

const associated = (head: Uint8Array, keys: DataKeys, place: SealPlace): Buffer =>
  lengths([
    Buffer.from(head).toString('hex'),
    keys.tenant,
    keys.engagement,
    place.table,
    place.column,
    place.row,
    String(place.version ?? 0),
  ])

/** Length-prefixed so that no two places share an encoding. */
const lengths = (parts: readonly string[]): Buffer =>
  Buffer.from(parts.map((part) => `${Buffer.byteLength(part)}:${part}`).join('|'))

/** Derives a key of its own for one purpose, so that no key is used in two ways. */
export const deriveKey = (key: Uint8Array, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), `zhongheng/${purpose}`, 32))

/** The engagement's keys for what is sealed once and never anew, such as files on the disk: it opens also after its keys were rotated. */
export const lastingKeys = (keys: DataKeys, purpose: string): DataKeys => ({
  ...keys,
  current: 0,
  keys: new Map([[0, deriveKey(keys.fixed, purpose)]]),
})

/** A keyed digest (hex): the ledger may hold it without giving the text away to somebody who guesses texts. */
export const keyedDigest = (keys: DataKeys, text: string): string =>
  createHmac('sha256', deriveKey(keys.fixed, 'commitment')).update(text, 'utf8').digest('hex')
