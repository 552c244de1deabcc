import type { ReactNode } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import rehypeSanitize from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import { OutsideLink } from './OutsideLink.tsx'
import { UnseenMark } from './UnseenMark.tsx'
import { linkTarget, ownImage } from './markdown-addresses.ts'
import { rawAsText } from './raw-as-text.ts'
import './ui.css'

const components: Components = {
  p: ({ children }) => (
    <p>
      {children}
      <UnseenMark />
    </p>
  ),
  a({ href, children }) {
    const target = linkTarget(href)
    if (target === null) return <span>{children}</span>
    return target.own ? <a href={target.href}>{children}</a> : <OutsideLink href={target.href}>{children}</OutsideLink>
  },
  // A remote image would tell its owner who reads a finding, and when.
  img: ({ src, alt }) =>
    typeof src === 'string' && ownImage(src) ? (
      <img src={src} alt={alt ?? ''} loading="lazy" />
    ) : (
      <span className="muted">[{alt ?? ''}]</span>
    ),
}

/** Text that people wrote, rendered without anything that acts: HTML is shown as text; no scripts, no foreign images. */
export function Markdown({ text }: { text: string }): ReactNode {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={[remarkGfm]} rehypePlugins={[rawAsText, rehypeSanitize]} components={components}>
        {text}
      </ReactMarkdown>
    </div>
  )
}
