import type { ReactNode } from 'react'
import ReactMarkdown, { type Components } from 'react-markdown'
import rehypeSanitize from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import { linkTarget, ownImage } from './markdown-addresses.ts'
import './ui.css'

const components: Components = {
  a({ href, children }) {
    const target = linkTarget(href)
    if (target === null) return <span>{children}</span>
    return target.own ? (
      <a href={target.href}>{children}</a>
    ) : (
      <a href={target.href} target="_blank" rel="noopener noreferrer nofollow ugc">
        {children}
      </a>
    )
  },
  // A remote image would tell its owner who reads a finding, and when.
  img: ({ src, alt }) =>
    typeof src === 'string' && ownImage(src) ? (
      <img src={src} alt={alt ?? ''} loading="lazy" />
    ) : (
      <span className="muted">[{alt ?? ''}]</span>
    ),
}

/** Text that people wrote, rendered without anything that acts: no HTML, no scripts, no foreign images. */
export function Markdown({ text }: { text: string }): ReactNode {
  return (
    <div className="markdown">
      <ReactMarkdown remarkPlugins={[remarkGfm]} rehypePlugins={[rehypeSanitize]} components={components} skipHtml>
        {text}
      </ReactMarkdown>
    </div>
  )
}
