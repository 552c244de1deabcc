import { entryFamilies } from '@zhongheng/contracts/records/entry-families.ts'
import { type RawSearch, oneOf, present, text } from '../../app/search.ts'

export type LedgerSearch = {
  entry?: string
  engagementId?: string
  subject?: string
  family?: (typeof entryFamilies)[number]
  mine?: 'true'
}

/** What the address says of the ledger page: the entry being checked, and what entries are searched by. */
export const ledgerSearch = (raw: RawSearch): LedgerSearch =>
  present({
    entry: /^\d{1,15}$/.test(text(raw, 'entry') ?? '') ? text(raw, 'entry') : undefined,
    subject: /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/.test(text(raw, 'subject') ?? '') ? text(raw, 'subject') : undefined,
    family: oneOf(raw, 'family', entryFamilies),
    mine: raw['mine'] === 'true' || raw['mine'] === true ? ('true' as const) : undefined,
    engagementId: /^eng_[0-9a-z]{26}$/.test(text(raw, 'engagementId') ?? '') ? text(raw, 'engagementId') : undefined,
  })
