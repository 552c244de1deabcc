/** Where a link of somebody's text may lead: http(s), mail, or a page of this installation; null for all else. */
export function linkTarget(href: string | undefined): { href: string; own: boolean } | null {
  if (href === undefined || href === '') return null
  if (href.startsWith('#')) return { href, own: true }
  const base = 'http://own.invalid'
  const parsed = URL.parse(href, base)
  if (parsed === null || !['http:', 'https:', 'mailto:'].includes(parsed.protocol)) return null
  return { href, own: parsed.origin === base }
}

/** Only attachments of this installation: any other own address, asked for by a picture, would be an act of the reader. */
export const ownImage = (src: string): boolean =>
  /^\/api\/engagements\/eng_[0-9a-z]{26}\/attachments\/[0-9a-z_]{1,60}$/.test(src)
