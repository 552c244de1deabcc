import { openPress as openChild } from '@zhongheng/documents/press/press.ts'
import type { DocumentPress } from './documents.ts'

/** The press of `documents/`: a child process without network and with limits. */
export function openPress(): DocumentPress {
  const press = openChild()
  return {
    pdf: (model) => press.print('pdf', model),
    docx: (model) => press.print('docx', model),
    close: async () => press.end(),
  }
}
