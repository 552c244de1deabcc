import type { ReaderMark as Mark } from '@zhongheng/contracts/http/shape.ts'
import { type ReactNode, useMemo } from 'react'
import { markImage, markText } from './reader-mark.ts'
import './reader-mark.css'

/**
 * Faint lines over the whole of a page with sealed content: who was shown it, when, and by which reading. Its parent has
 * the class `marked`.
 */
export function ReaderMark({ mark }: { mark: Mark }): ReactNode {
  const backgroundImage = useMemo(() => markImage(markText(mark)), [mark])
  return <div className="reader-mark" aria-hidden="true" style={{ backgroundImage }} />
}
