import type { DocumentModel } from '../models/document.ts'
import { sharedPress } from '../press/press.ts'

/**
 * The document as Word file (Office Open XML). The same model gives the same bytes.
 * @throws Problem `wrong_state` naming the empty section's row, `too_many`, `unavailable`
 */
export const renderDocx = (document: DocumentModel): Promise<Uint8Array> => sharedPress().print('docx', document)
