import type { ConsistencyFile, ReceiptFile } from '@zhongheng/contracts/http/receipts.ts'
import { utf8 } from '@zhongheng/ledger/verify/bytes.ts'
import { type ReceiptVerdict, verifyReceipt } from '@zhongheng/ledger/verify/receipt/verify-receipt.ts'
import { NoSignatures, withWebCrypto } from '@zhongheng/ledger/verify/web-crypto.ts'

export type Outcome = ReceiptVerdict | 'no_signatures'

/** The file that is downloaded: readable, and the same bytes that are checked here. */
export const receiptText = (receipt: ReceiptFile): string => `${JSON.stringify(receipt, null, 2)}\n`

/** Checks a receipt's text in this browser, with the very code that `heng verify` runs. */
export async function checkReceipt(text: string, newer?: ConsistencyFile): Promise<Outcome> {
  const against = newer === undefined ? {} : { against: utf8(JSON.stringify(newer)) }
  try {
    return await withWebCrypto((crypto) => verifyReceipt(crypto, utf8(text), against))
  } catch (error) {
    if (error instanceof NoSignatures) return 'no_signatures'
    throw error
  }
}
