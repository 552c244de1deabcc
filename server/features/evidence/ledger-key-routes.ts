import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import type { LedgerKeyView } from '@zhongheng/contracts/http/ledger-keys.ts'
import type { KnownKey } from '@zhongheng/ledger/verify/key-history.ts'
import { type Feature, route } from '../../http/registry.ts'

/** The keys of the ledger: what the ledger says about them for everybody, where they are kept for those who run it. */
export const ledgerKeyRoutes: Feature = ({ ledger }) => [
  route('GET /api/ledger/keys', {
    access: 'ledger.read',
    references: {},
    async handle({ work }) {
      const size = ledger.size()
      const { keys } = await ledger.keys.historyAt(size)
      const runsIt = mayInHouse(work.actor, 'installation.read')
      return {
        origin: ledger.origin,
        size,
        keys: keys
          .map((key, at) => viewOf(key, at === 0, runsIt ? ledger.keys.keptHere(key.fingerprint) : null))
          .toReversed(),
      }
    },
  }),
]

const viewOf = (key: KnownKey, first: boolean, kept: LedgerKeyView['kept']): LedgerKeyView => ({
  fingerprint: key.fingerprint,
  state:
    key.revoked !== null ? 'revoked' : key.endedAt !== null ? 'ended' : key.begunAt === null ? 'reserve' : 'in_force',
  sm2: key.sm2 !== undefined,
  introducedAt: key.introducedAt,
  introducedBy: key.introducedBy,
  // The first key counts from the beginning of the log, wherever its entries stand.
  from: first && key.begunAt !== null ? 0 : key.begunAt,
  to: key.endedAt,
  revoked: key.revoked,
  kept,
})
