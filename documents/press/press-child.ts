import { constants, setPriority } from 'node:os'
import { printDocx } from '../docx/print-docx.ts'
import { compose } from '../layout/compose.ts'
import type { DocumentModel } from '../models/document.ts'
import { printPdf } from '../pdf/print-pdf.ts'

/** What the press is asked, and what it answers. */
export type Order = { readonly number: number; readonly format: 'pdf' | 'docx'; readonly model: DocumentModel }
export type Answer =
  | { readonly number: number; readonly bytes: Uint8Array }
  | { readonly number: number; readonly fault: string }

// A long report must not slow the people who work on the screens.
setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

const send = (answer: Answer): void => void process.send?.(answer)

async function print({ number, format, model }: Order): Promise<void> {
  try {
    const printed = compose(model)
    send({ number, bytes: format === 'pdf' ? printPdf(printed) : await printDocx(printed) })
  } catch (error) {
    send({ number, fault: error instanceof Error ? error.message : String(error) })
  }
}

process.on('message', (order: Order) => void print(order))
// The parent is gone: nobody waits for the pages.
process.on('disconnect', () => process.exit(0))
