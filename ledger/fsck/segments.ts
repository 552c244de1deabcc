import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { nodeOfSequence } from '@zhongheng/contracts/records/nodes.ts'
import { type Batch, countOf, leafAt } from '../log/batch.ts'
import { errorCode } from '../log/ledger-error.ts'
import { readLeaf } from '../verify/pack/shapes.ts'
import type { FsckFault } from './fault.ts'

const mark = Buffer.from('"kind":"segment.sealed"')

/**
 * Holds the recorder's sealed segments against the entries that name them: each file must be there with its SHA-256,
 * unless its engagement's record was disposed of. One that rests in the recorder's store is judged by the note of it,
 * which must have the entry's digest: its bytes were compared when they were brought there, and are compared again by
 * the recorder whenever they are read. For `FsckOptions.visit`.
 * @param recorderFolder the recorder's data folder; of several nodes each one's, undefined where it is not at hand
 * @param pace is told the bytes read, and may take its time
 * @param onResting is told of each segment of which only the note was read
 */
export function segmentsOf(
  recorderFolder: string | ((node: number) => string | undefined),
  pace: (bytes: number) => Promise<void> = () => Promise.resolve(),
  onResting: () => void = () => undefined,
): (first: number, entries: Batch) => Promise<FsckFault | undefined> {
  return async (first, entries) => {
    // Few entries name a segment, so most bundles are passed over without reading their JSON.
    if (!entries.bytes.includes(mark)) return undefined
    for (let at = 0; at < countOf(entries); at++) {
      const leaf = readLeaf(leafAt(entries, at))
      if (leaf?.kind !== 'segment.sealed' || leaf.engagementId === null || leaf.subject === null) continue
      const { sha256, firstSequence } = leaf.facts
      const node = typeof firstSequence === 'number' ? nodeOfSequence(firstSequence) : 0
      const folder = typeof recorderFolder === 'string' ? recorderFolder : recorderFolder(node)
      if (folder === undefined) continue
      const what = await fileFault(
        join(folder, 'engagements', leaf.engagementId),
        leaf.subject,
        typeof sha256 === 'string' ? sha256 : '',
        pace,
        onResting,
      )
      if (what !== undefined) return { file: `${leaf.engagementId}/${leaf.subject}.zhs`, entry: first + at, what }
    }
    return undefined
  }
}

async function fileFault(
  folder: string,
  segmentId: string,
  sha256: string,
  pace: (bytes: number) => Promise<void>,
  onResting: () => void,
): Promise<FsckFault['what'] | undefined> {
  const digest = createHash('sha256')
  try {
    for await (const chunk of createReadStream(join(folder, `${segmentId}.zhs`), { highWaterMark: 1 << 20 })) {
      digest.update(chunk as Buffer)
      await pace((chunk as Buffer).length)
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
    if (await isDisposed(folder)) return undefined
    const noted = await digestNoted(join(folder, `${segmentId}.rests`))
    if (noted === sha256) {
      onResting()
      return undefined
    }
    if (noted !== null)
      return {
        zh: '流量分段已存入分段存储，其记录的摘要与条目不符',
        en: 'the traffic segment rests in a store, and the note of it does not have the digest that the entry gives',
      }
    return {
      zh: '条目所记的流量分段缺失，且没有处置记录',
      en: 'the traffic segment that the entry names is missing, and was not disposed of',
    }
  }
  if (digest.digest('hex') === sha256) return undefined
  return {
    zh: '流量分段的内容与条目所记的摘要不符',
    en: 'the traffic segment does not have the digest that the entry gives',
  }
}

/** The digest of a segment that rests in the store; null without a note, empty for one that cannot be read. */
async function digestNoted(path: string): Promise<string | null> {
  try {
    const { sha256 } = JSON.parse(await readFile(path, 'utf8')) as { sha256?: unknown }
    return typeof sha256 === 'string' ? sha256 : ''
  } catch (error) {
    return errorCode(error) === 'ENOENT' ? null : ''
  }
}

/** The recorder notes a disposal before it removes the first file. */
async function isDisposed(folder: string): Promise<boolean> {
  try {
    const marker = JSON.parse(await readFile(join(folder, 'engagement.json'), 'utf8')) as { disposedAt?: unknown }
    return typeof marker.disposedAt === 'string'
  } catch {
    return false
  }
}
