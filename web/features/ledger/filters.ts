import { type RawSearch, present, text } from '../../app/search.ts'

export type LedgerSearch = { entry?: string; engagementId?: string }

/** What the address says of the ledger page: the entry being checked, the engagement whose entries are listed. */
export const ledgerSearch = (raw: RawSearch): LedgerSearch =>
  present({
    entry: /^\d{1,15}$/.test(text(raw, 'entry') ?? '') ? text(raw, 'entry') : undefined,
    engagementId: /^eng_[0-9a-z]{26}$/.test(text(raw, 'engagementId') ?? '') ? text(raw, 'engagementId') : undefined,
  })
