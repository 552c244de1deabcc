import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { ExchangeRow } from './capture.ts'
import type { FeedGap } from './recorder-http.ts'

/** The rows of one recorder between two positions of its feed: every sequence over `after` up to `next` is in `rows` or in `gaps`. */
export type RowBatch = {
  readonly node: string
  readonly after: number
  readonly next: number
  readonly rows: readonly ExchangeRow[]
  readonly gaps: readonly FeedGap[]
}

/** Names on the bus, of an installation that calls itself `name`. */
export const busNames = (name: string) =>
  ({ stream: `${name}_rows`, subjects: `${name}.rows.*`, subjectOf: (node: string) => `${name}.rows.${node}` }) as const

/** The name under which a node's recorder speaks on the bus. */
export const recorderOn = (node: number): string => (node === 0 ? 'recorder' : `recorder-${node}`)
export const theRecorder = recorderOn(0)

/** How long the bus keeps what a server has not fetched; the segments keep it for good (ns). */
const keptFor = 3 * 24 * 3600 * 1e9
/** And how much of it (bytes): the oldest goes first. */
const mostKept = 2 * 2 ** 30

/** The stream of rows, as whoever comes first makes it. An operator's own settings of one that is there are left alone. */
const rowStream = (name: string, replicas: number) => ({
  name: busNames(name).stream,
  subjects: [busNames(name).subjects],
  max_age: keptFor,
  max_bytes: mostKept,
  duplicate_window: 120 * 1e9,
  num_replicas: replicas,
})

/** What the bus answers for a stream that is not there; the client's own list has it under the same number. */
const noSuchStream = 10059
type Streams = {
  info(stream: string): Promise<unknown>
  add(stream: ReturnType<typeof rowStream>): Promise<unknown>
}

/**
 * Makes the stream of rows where there is none. A bus that is slow, refuses or lost its connection says nothing about the stream: that
 * fault is the caller's to tell and to try again after.
 * @throws whatever the bus answered but that there is none
 */
export async function ensureRowStream(streams: Streams, name: string, replicas: number): Promise<void> {
  try {
    await streams.info(busNames(name).stream)
  } catch (fault) {
    if (!(fault instanceof Error && 'code' in fault && fault.code === noSuchStream)) throw fault
    await streams.add(rowStream(name, replicas))
  }
}

const magic = Buffer.from('ZHROWS\x00\x01', 'latin1')
const saltBytes = 32
const tagBytes = 16
const frontBytes = magic.length + saltBytes

/** Sealing key and nonce of one message: they are used once, because the salt is drawn anew for each. */
function keyOf(busKey: Uint8Array, salt: Uint8Array, node: string): { readonly key: Buffer; readonly nonce: Buffer } {
  const bytes = Buffer.from(hkdfSync('sha256', busKey, salt, `zhongheng bus rows v1\0${node}`, 44))
  return { key: bytes.subarray(0, 32), nonce: bytes.subarray(32) }
}

/**
 * What goes over the bus: `ZHROWS 0 1`, a salt of 32 bytes, then AES-256-GCM of the batch in JSON under a key of its own. Whoever
 * keeps the bus reads nothing, and can neither make a batch nor pass one node's for another's.
 * @param rows each row in JSON
 */
export function sealBatch(
  busKey: Uint8Array,
  { node, after, next, rows, gaps }: Omit<RowBatch, 'rows'> & { readonly rows: readonly string[] },
): Buffer {
  const salt = randomBytes(saltBytes)
  const { key, nonce } = keyOf(busKey, salt, node)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(magic)
  const text = `{"node":${JSON.stringify(node)},"after":${after},"next":${next},"rows":[${rows.join(',')}],"gaps":${JSON.stringify(gaps)}}`
  return Buffer.concat([magic, salt, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/**
 * Opens a message of a node. @returns null for whatever a holder of the key did not make for this node, and for a batch
 * that does not say what became of each of its sequences
 */
export function openBatch(busKey: Uint8Array, node: string, message: Uint8Array): RowBatch | null {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.byteLength)
  if (bytes.length < frontBytes + tagBytes || !bytes.subarray(0, magic.length).equals(magic)) return null
  const { key, nonce } = keyOf(busKey, bytes.subarray(magic.length, frontBytes), node)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(magic)
  decipher.setAuthTag(bytes.subarray(bytes.length - tagBytes))
  let text: string
  try {
    const plain = decipher.update(bytes.subarray(frontBytes, bytes.length - tagBytes))
    decipher.final()
    text = plain.toString('utf8')
  } catch {
    return null
  }
  const batch = JSON.parse(text) as RowBatch
  return batch.node === node && isWhole(batch) ? batch : null
}

/** Whether rows and gaps together are the sequences from `after + 1` to `next`, each once and in order. */
function isWhole({ after, next, rows, gaps }: RowBatch): boolean {
  if (!Number.isSafeInteger(after) || !Number.isSafeInteger(next) || after < 0 || next <= after) return false
  let row = 0
  let gap = 0
  for (let at = after + 1; at <= next; ) {
    if (rows[row]?.sequence === at) {
      row += 1
      at += 1
    } else if (gaps[gap]?.first === at && (gaps[gap]?.last ?? 0) >= at) {
      at = (gaps[gap]?.last ?? at) + 1
      gap += 1
    } else return false
  }
  return row === rows.length && gap === gaps.length && (gaps.at(-1)?.last ?? next) <= next
}
