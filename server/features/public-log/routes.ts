import { join } from 'node:path'
import { notFound } from '../../http/problems.ts'
import { type Feature, type FileReply, route } from '../../http/registry.ts'
import { offeredCheckpoint } from '../witnesses/reads.ts'
import { readBundle, readCheckpoint, readTile, readVerifierKey } from './reads.ts'

const found = (bytes: Uint8Array | undefined): FileReply => {
  if (bytes === undefined) throw notFound()
  return { bytes }
}

/**
 * The log for static readers, monitors and witnesses: anybody may see how it grows, because hashes and sizes tell
 * nothing of what is in it. Whole bundles of entries are another matter (docs/decisions/0019).
 */
export const publicLogRoutes: Feature = (deps) => {
  const folder = (): string => join(deps.settings.dataFolder, 'ledger')
  return [
    route('GET /ledger/checkpoint', {
      access: 'public',
      references: {},
      handle: async () => found(await readCheckpoint(folder())),
    }),
    route('GET /ledger/cosign/checkpoint', {
      access: 'public',
      references: {},
      async handle({ work }) {
        const note = await offeredCheckpoint(work)
        return found(note === undefined ? undefined : Buffer.from(note, 'utf8'))
      },
    }),
    route('GET /ledger/verifier-key', {
      access: 'public',
      references: {},
      handle: async () => found(await readVerifierKey(folder())),
    }),
    route('GET /ledger/keys.json', {
      access: 'public',
      references: {},
      handle: async () => found(await deps.ledger.keysFile()),
    }),
    route('GET /ledger/tile/*', {
      access: 'public',
      references: {},
      // The hashes under an address never change: whoever asks may keep them.
      handle: async ({ params }) => ({ ...found(await readTile(folder(), params['*'])), immutable: true }),
    }),
    route('GET /ledger/tile/entries/*', {
      access: 'ledger.entries',
      references: {},
      handle: async ({ params }) => found(await readBundle(folder(), params['*'])),
    }),
  ]
}
