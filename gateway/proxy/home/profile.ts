import { X509Certificate, createHash } from 'node:crypto'
import { escapeHtml } from '../refusal-page.ts'

/**
 * The engagement's CA as a configuration profile of Apple devices (a property list). Its identifiers follow from the
 * certificate, so that a second download replaces the first; the device asks its owner before it trusts anything.
 */
export function appleProfile(caCertificate: string, title: string): string {
  const { raw } = new X509Certificate(caCertificate)
  const id = createHash('sha256').update(raw).digest('hex')
  const name = escapeHtml(`Zhongheng: ${title}`)
  const text = (key: string, value: string): string => `<key>${key}</key><string>${value}</string>`
  const head = (type: string, part: string): string =>
    text('PayloadType', type) +
    text('PayloadIdentifier', `zhongheng.gateway.${id.slice(0, 16)}${part === '' ? '' : `.${part}`}`) +
    text('PayloadUUID', uuidFrom(id + part)) +
    '<key>PayloadVersion</key><integer>1</integer>'
  const ca = `<dict>${head('com.apple.security.root', 'ca')}${text('PayloadDisplayName', name)}<key>PayloadContent</key><data>${raw.toString('base64')}</data></dict>`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">\n<plist version="1.0"><dict>${head('Configuration', '')}${text('PayloadDisplayName', name)}<key>PayloadContent</key><array>${ca}</array></dict></plist>\n`
}

/** A name-based UUID in form (version 8: own scheme), from the SHA-256 of a text. */
function uuidFrom(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
