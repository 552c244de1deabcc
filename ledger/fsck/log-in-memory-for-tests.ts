import { encodeInto, bundleBytes, hashBatch } from '../log/batch.ts'
import { Edge } from '../log/edge.ts'
import { signCheckpoint } from '../log/sign-checkpoint.ts'
import type { Signer } from '../log/signer.ts'
import { formatVerifierKey, noteAlgorithms } from '../verify/keys.ts'
import { bundlePath, encodeBundle, tilePath, tileWidth } from '../verify/layout.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'

/** A log's public files by path, and the root that its checkpoint tells: what anybody with the signing key can make. */
export type PublicFiles = { readonly files: Map<string, Uint8Array>; readonly root: Uint8Array; readonly note: string }

/** Makes the files of a log over these entries. */
export async function publicFiles(
  leaves: readonly Uint8Array[],
  { origin, signer, at }: { origin: string; signer: Signer; at: Date },
): Promise<PublicFiles> {
  const files = new Map<string, Uint8Array>()
  const edge = new Edge()
  const batch = encodeInto(Buffer.alloc(bundleBytes(leaves)), leaves)
  edge.add(hashBatch(batch), 0, leaves.length, ({ level, index, bytes }) =>
    files.set(tilePath(level, index), new Uint8Array(bytes)),
  )
  for (const { level, index, width, bytes } of edge.partialTiles()) files.set(tilePath(level, index, width), bytes)
  for (let first = 0; first < leaves.length; first += tileWidth) {
    const some = leaves.slice(first, first + tileWidth)
    files.set(bundlePath(first / tileWidth, some.length), encodeBundle(some))
  }
  const root = edge.root()
  const note = await signCheckpoint(signer, { origin, size: leaves.length, root }, at)
  files.set('checkpoint', Buffer.from(note))
  const key = formatVerifierKey(nodeCrypto.sha256, {
    name: origin,
    algorithm: noteAlgorithms.ed25519,
    publicKey: signer.publicKey,
  })
  files.set('verifier-key', Buffer.from(`${key}\n`))
  return { files, root, note }
}
