/** What entries may be searched by: the first part of an event's kind. */
export const entryFamilies = [
  'engagement',
  'scope',
  'record',
  'lease',
  'traffic',
  'segment',
  'finding',
  'reward',
  'report',
  'letter',
  'pack',
  'hold',
  'disposal',
  'witness',
  'ledger',
] as const
