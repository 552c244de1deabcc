import type { DocumentModel } from '@zhongheng/documents/models/document.ts'

/** Turns a document's data into files. Same model, same bytes. */
export type DocumentPress = {
  pdf(model: DocumentModel): Promise<Uint8Array>
  docx(model: DocumentModel): Promise<Uint8Array>
  close(): Promise<void>
}
