import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import { type Masked, maskHead, maskText } from '@zhongheng/domain/traffic/mask.ts'

/** The page with secrets and personal numbers hidden, and how many. Pictures, binary bodies and digests stay as they are. */
export function maskedPage(page: ExchangePage): ExchangePage {
  let masked = 0
  const by =
    (mask: (text: string) => Masked) =>
    (text: string): string => {
      const { text: shown, hidden } = mask(text)
      masked += hidden
      return shown
    }
  const [head, text] = [by(maskHead), by(maskText)]
  const side = (one: ExchangePage['request']): ExchangePage['request'] => ({
    ...one,
    head: head(one.head),
    informational: head(one.informational),
    trailers: head(`\r\n${one.trailers}`).slice(2),
    body: one.binary ? one.body : text(one.body),
  })
  const content = (one: ExchangePage['content']['request']): ExchangePage['content']['request'] => ({
    ...one,
    text: one.text === null ? null : text(one.text),
  })
  const shown = {
    ...page,
    path: text(page.path),
    request: side(page.request),
    response: side(page.response),
    content: { request: content(page.content.request), response: content(page.content.response) },
    frames: page.frames?.map((frame) => ({ ...frame, text: frame.text === null ? null : text(frame.text) })) ?? null,
  }
  return { ...shown, masked }
}
