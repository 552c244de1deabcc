/**
 * Who acts gets a receipt: of everything that changes something for others. Readings, sign-ins and refusals are entries
 * of the ledger too, but nobody has to prove later that they happened in order to hold somebody to them.
 */
export const kindsWithoutReceipt: readonly string[] = [
  'access.denied',
  'document.read',
  'finding.read',
  'letter.read',
  'login.began',
  'login.ended',
  'login.refused',
  'pack.read',
  'request.refused',
  'traffic.read',
]

/** Does an act of this kind stand in "my receipts"? */
export const givesReceipt = (kind: string): boolean => !kindsWithoutReceipt.includes(kind)
