import { keysFileLimits } from '../verify/keys-file.ts'
import { tilePath, tileWidth } from '../verify/layout.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { proofsFromTiles, type TileProofs } from '../verify/tile-proofs.ts'
import { answerLimits, ask } from './ask.ts'
import { WitnessError } from './witness-error.ts'

/** A proof between any two sizes needs fewer tiles than this; a log that makes us ask for more is not answered. */
const mostTiles = 64

/** A tlog-tiles log behind a URL prefix, read by somebody who believes none of it. */
export type RemoteLog = {
  /** The checkpoint that witnesses are asked to cosign, or the newest one where the log offers none. */
  checkpoint(): Promise<Uint8Array>
  /** The log's verifier key lines. */
  keys(): Promise<string>
  /** The history of the log's keys; undefined where it has none to show. */
  keyHistory(): Promise<Uint8Array | undefined>
  /** The tree of `size` entries, worked out of tiles; what it answers is worth as much as the root it leads to. */
  treeOf(size: number): TileProofs
}

/** @param prefix the log's URL prefix, without a slash at its end @param more patience in milliseconds for each question */
export function remoteLog(prefix: string, more: { signal?: AbortSignal; patience?: number } = {}): RemoteLog {
  const get = async (path: string, most: number): Promise<Uint8Array | undefined> => {
    const { status, bytes } = await ask(new URL(`${prefix}/${path}`), most, more)
    if (status === 404) return undefined
    if (status === 200) return bytes
    throw new WitnessError('unreachable', `${path} 的应答为 ${status}`, `${path} was answered with ${status}`)
  }
  const need = async (path: string, most: number): Promise<Uint8Array> => {
    const bytes = await get(path, most)
    if (bytes !== undefined) return bytes
    throw new WitnessError('malformed', `${prefix} 没有 ${path}`, `${prefix} has no ${path}`)
  }
  return {
    checkpoint: async () =>
      (await get('cosign/checkpoint', answerLimits.note)) ?? need('checkpoint', answerLimits.note),
    keys: async () => Buffer.from(await need('verifier-key', answerLimits.key)).toString('utf8'),
    keyHistory: () => get('keys.json', keysFileLimits.bytes),
    treeOf(size) {
      let asked = 0
      return proofsFromTiles(nodeCrypto.sha256, size, async (level, index, width) => {
        if (++asked > mostTiles) throw new WitnessError('malformed', '证明所需瓦片过多', 'a proof of too many tiles')
        const length = width * 32
        // A partial tile may be gone once the full one exists; its hashes are the full one's first.
        const bytes =
          (await get(tilePath(level, index, width), answerLimits.tile)) ??
          (width < tileWidth ? await get(tilePath(level, index), answerLimits.tile) : undefined)
        if (bytes === undefined || bytes.length < length)
          throw new WitnessError(
            'malformed',
            `缺少瓦片 ${tilePath(level, index, width)}`,
            `the tile ${tilePath(level, index, width)} is missing`,
          )
        return bytes.subarray(0, length)
      })
    },
  }
}
