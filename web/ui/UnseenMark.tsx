import { copyMark } from '@zhongheng/contracts/records/copy-marks.ts'
import { type ReactNode, createContext, useContext } from 'react'

/** The code of the reading by which a page is shown; null where what it shows is no sealed content. */
export const ReadingCode = createContext<string | null>(null)

/**
 * The mark of this reader's copy, of no width: whoever copies the text before it copies the mark along. It stands at the ends of
 * paragraphs alone, never in code or in recorded traffic, which must stay what they are.
 */
export function UnseenMark(): ReactNode {
  const code = useContext(ReadingCode)
  return code === null ? null : <span aria-hidden="true">{copyMark(code).unseen}</span>
}
