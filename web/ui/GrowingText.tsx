import { Input } from 'antd'
import type { TextAreaProps } from 'antd/es/input/TextArea.js'
import type { ReactNode } from 'react'
import './growing-text.css'

/**
 * A text field that grows with its text, by the style sheet alone: antd's own `autoSize` measures with inline styles,
 * which the content policy forbids. Where a browser cannot grow it, it has `rows` lines and scrolls.
 */
export function GrowingText({ rows = 4, ...rest }: Omit<TextAreaProps, 'autoSize' | 'style' | 'className'>): ReactNode {
  return <Input.TextArea {...rest} rows={rows} className="growing-text" style={{ minHeight: `${rows * 22 + 12}px` }} />
}
