import { z } from 'zod'
import type { HttpContract } from './shape.ts'

const Path = z.strictObject({ '*': z.string().max(120) })

/** The ledger as files, in the public layout C2SP tlog-tiles; addresses are those that static readers expect. */
export const publicLogHttp = {
  'GET /ledger/checkpoint': { summary: 'The newest checkpoint, a signed note', file: 'text/plain; charset=utf-8' },
  'GET /ledger/cosign/checkpoint': {
    summary: 'The checkpoint that witnesses are asked to cosign now, so that all of them cosign the same one',
    file: 'text/plain; charset=utf-8',
  },
  'GET /ledger/verifier-key': { summary: 'The public key of the log, one line', file: 'text/plain; charset=utf-8' },
  'GET /ledger/keys.json': {
    summary: 'Which keys signed the log from which size to which, signed by those in force',
    file: 'application/json',
  },
  'GET /ledger/tile/*': {
    summary: 'A tile of hashes: LEVEL/INDEX, and .p/WIDTH while it is partial',
    params: Path,
    file: 'application/octet-stream',
  },
  'GET /ledger/tile/entries/*': {
    summary: 'A bundle of entries: INDEX, and .p/WIDTH while it is partial',
    params: Path,
    file: 'application/octet-stream',
  },
} as const satisfies HttpContract
