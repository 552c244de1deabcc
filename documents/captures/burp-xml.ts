import { type CapturedExchange, type CaptureForm, type Pieces, urlOf } from './capture.ts'
import { base64Of } from './content.ts'
import { headText, readMessage } from './message.ts'

/**
 * The XML in which Burp Suite saves items and from which its importers read them: messages in base64, HTTP/2 written in
 * the manner of HTTP/1, as Burp shows it. Tunnels are left out.
 */
export const burpXml: CaptureForm = {
  begin: (at, copy) =>
    `<?xml version="1.0" encoding="UTF-8"?>\n${copy === undefined ? '' : `<!-- ${copy} -->\n`}<items burpVersion="2023.1" exportTime="${safe(at)}">\n`,
  exchange: itemOf,
  end: () => '</items>\n',
}

/** Text inside an element; characters that XML 1.0 does not have are replaced. */
const safe = (text: string): string =>
  text
    .toWellFormed()
    // biome-ignore lint: control characters are exactly what this takes out
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')

async function* itemOf(one: CapturedExchange): Pieces {
  const { row } = one
  if (row.kind === 'tunnel') return
  const element = (name: string, text: string): string => `  <${name}>${safe(text)}</${name}>\n`
  const extension = /\.([a-z0-9]{1,10})$/i.exec(row.path.split(/[?#]/)[0] ?? '')?.[1] ?? 'null'
  yield ' <item>\n'
  yield element('time', row.startedAt)
  yield element('url', urlOf(row))
  yield `  <host ip="${safe(row.address ?? '')}">${safe(row.host)}</host>\n`
  yield element('port', String(row.port))
  yield element('protocol', row.scheme)
  yield element('method', row.method)
  yield element('path', row.path)
  yield element('extension', extension)
  yield '  <request base64="true">'
  yield* base64Of(messageOf(one, 'request'))
  yield '</request>\n'
  yield element('status', row.status === 0 ? '' : String(row.status))
  yield element('responselength', String(row.responseBytes))
  yield element('mimetype', kindOf(row.contentType ?? ''))
  yield '  <response base64="true">'
  if (row.kind !== 'refusal') yield* base64Of(messageOf(one, 'response'))
  yield '</response>\n'
  yield element('comment', `${row.exchangeId} ${row.testerName}${row.refusal === null ? '' : ` ${row.refusal.rule}`}`)
  yield ' </item>\n'
}

function kindOf(contentType: string): string {
  const kinds = [
    [/json/i, 'JSON'],
    [/html/i, 'HTML'],
    [/xml/i, 'XML'],
    [/javascript/i, 'script'],
    [/css/i, 'CSS'],
    [/^image\//i, 'image'],
    [/^text\//i, 'text'],
  ] as const
  return kinds.find(([pattern]) => pattern.test(contentType))?.[1] ?? ''
}

async function* messageOf(one: CapturedExchange, side: 'request' | 'response'): AsyncGenerator<Uint8Array> {
  if (one.row.httpVersion === null) {
    yield* one[side]()
    return
  }
  const message = await readMessage(one[side](), '2')
  if (message.first === '') return
  yield Buffer.from(headText(message), 'latin1')
  yield* message.body
}
