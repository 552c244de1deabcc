import { canonicalJson, type Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { Bilingual } from '../verify/bilingual.ts'
import { utf8 } from '../verify/bytes.ts'
import { fingerprint } from '../verify/keys.ts'
import { keysGoOn, leadsToPresent, learnKeysFile, type LearnedKeys } from '../verify/keys-file.ts'
import { leafHash } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { verifyInclusion } from '../verify/proofs.ts'
import type { TileProofs } from '../verify/tile-proofs.ts'
import type { WitnessFolder } from './folder.ts'
import type { RemoteLog } from './remote-log.ts'
import { WitnessError } from './witness-error.ts'

export type Learning =
  /** What is to be believed from now on; undefined where the log has no key history. */
  | { readonly learned: LearnedKeys | undefined }
  /** What the log shows is not to be believed. `shown`: a file that contradicts the believed one. */
  | { readonly what: Bilingual; readonly shown: string | undefined }

/** Acts whose proofs share the tiles of one reader: more than this many are read with a fresh one. */
const actsAtOnce = 8

/**
 * Asks the log for the history of its keys. A newer one is believed when it says the same as the one believed before, of
 * everything that both know, and when the pinned keys lead to its present ones: by the old key's signature over the new
 * one, never by the server's word. One that ends earlier is passed over, since servers may lag behind each other.
 * @throws WitnessError unreachable, malformed
 */
export async function learnKeys(
  folder: Pick<WitnessFolder, 'keys' | 'settings'>,
  remote: RemoteLog,
): Promise<Learning> {
  const known = folder.keys.learned
  const bytes = await remote.keyHistory()
  // A log without one is judged by what is known; withholding a rotation only makes its own heads unbelievable.
  if (bytes === undefined) return { learned: known }
  const shown = learnKeysFile(nodeCrypto, bytes)
  if (!('history' in shown)) {
    if (shown.malformed === true) throw new WitnessError('malformed', shown.what.zh, shown.what.en)
    return { what: shown.what, shown: undefined }
  }
  const [origin] = folder.settings.logKeys
  if (shown.history.origin !== origin?.name)
    return refused('密钥历史属于另一账本', 'the key history is of another log', undefined)
  if (known !== undefined) {
    const order = keysGoOn(known, shown)
    if (order === 'forks')
      return refused(
        '密钥历史与此前所信的相矛盾：有人另立了一份',
        'the key history contradicts the one believed before: somebody made another',
        shown.text,
      )
    if (order === 'older') return { learned: known }
  }
  const pinned = folder.settings.logKeys.map((key) => fingerprint(nodeCrypto.sha256, key.publicKey))
  if (!leadsToPresent(shown.history, pinned))
    return refused(
      '您指定的密钥不能引出现行密钥：原密钥遗失或被盗而未留备用。请从其他途径核对新指纹，再建立新的见证人',
      'the key you named does not lead to the present one: it was lost or stolen without a reserve. Compare the new fingerprint another way, and set up a new witness',
      undefined,
    )
  return { learned: shown }
}

/**
 * Are the acts that the history tells of really entries of the log, at their places, in the tree of this head? Those in
 * the tree that was vouched for before were proved then. Acts beyond the head are proved with a later one.
 */
export async function actsAreIn(
  folder: Pick<WitnessFolder, 'keys' | 'memory'>,
  learned: LearnedKeys,
  head: { readonly size: number; readonly root: Uint8Array },
  treeOf: (size: number) => TileProofs,
): Promise<boolean> {
  const known = folder.keys.learned?.history.size ?? 0
  const proved = Math.min(known, folder.memory.size)
  const news = learned.acts.filter(({ index }) => index >= proved && index < head.size)
  let tree = treeOf(head.size)
  for (const [at, { index, leaf }] of news.entries()) {
    if (at % actsAtOnce === actsAtOnce - 1) tree = treeOf(head.size)
    const path = await tree.inclusionProof(index).catch((error: unknown) => {
      if (error instanceof WitnessError && error.code === 'unreachable') throw error
      return undefined
    })
    const hash = leafHash(nodeCrypto.sha256, utf8(canonicalJson(leaf as unknown as Json)))
    const holds =
      path !== undefined &&
      verifyInclusion(nodeCrypto.sha256, { index, size: head.size, leafHash: hash, path, root: head.root })
    if (!holds) return false
  }
  return true
}

const refused = (zh: string, en: string, shown: string | undefined): Learning => ({ what: { zh, en }, shown })
