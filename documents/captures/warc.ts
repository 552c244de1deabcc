import { createHash } from 'node:crypto'
import { captureFormats } from '@zhongheng/contracts/records/capture-formats.ts'
import { type CapturedExchange, type CaptureForm, type Pieces, carriesHttp, urlOf } from './capture.ts'
import { headText, readMessage } from './message.ts'

/**
 * WARC 1.1 (ISO 28500): a `request` and a `response` record for each exchange, with the bytes as recorded. HTTP/2 has no
 * bytes that readers of WARC know; its messages are written as HTTP/1.1 and say `WARC-Protocol: h2`. A record begins with
 * its length, so each side is read twice.
 */
export const warc: CaptureForm = {
  begin(at, copy) {
    const mark = copy === undefined ? '' : `description: ${copy}\r\n`
    const about = `software: Zhongheng\r\nformat: WARC File Format 1.1\r\n${mark}`
    return record(
      [
        ['WARC-Type', 'warcinfo'],
        ['WARC-Record-ID', idOf(`warcinfo ${at}`)],
        ['WARC-Date', at],
        ['Content-Type', 'application/warc-fields'],
      ],
      Buffer.byteLength(about),
    ).concat(about, '\r\n\r\n')
  },
  exchange: recordsOf,
  end: () => '',
}

/** An identifier of its own for each record, the same in every export. */
function idOf(what: string): string {
  const hex = createHash('sha256').update(`${captureFormats.warc.type} ${what}`).digest('hex')
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16)
  return `<urn:uuid:${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}>`
}

const record = (fields: readonly (readonly [string, string])[], length: number): string =>
  ['WARC/1.1', ...fields.map(([name, value]) => `${name}: ${value}`), `Content-Length: ${length}`, '', ''].join('\r\n')

async function* recordsOf(one: CapturedExchange): Pieces {
  if (!carriesHttp(one)) return
  const { row } = one
  // A URI has no blanks and no other characters than ASCII; what the tester sent may.
  const uri = urlOf(row).replace(/[^\x21-\x7e]/g, (character) => encodeURIComponent(character.toWellFormed()))
  const ended = new Date(Date.parse(row.startedAt) + row.durationMs).toISOString()
  for (const side of ['request', 'response'] as const) {
    const other = side === 'request' ? 'response' : 'request'
    let length = 0
    for await (const piece of messageOf(one, side)) length += piece.length
    yield record(
      [
        ['WARC-Type', side],
        ['WARC-Record-ID', idOf(`${row.exchangeId} ${side}`)],
        ['WARC-Date', side === 'request' ? row.startedAt : ended],
        ['WARC-Target-URI', uri],
        ['WARC-Concurrent-To', idOf(`${row.exchangeId} ${other}`)],
        ...(row.address === null ? [] : [['WARC-IP-Address', row.address] as const]),
        ...(row.httpVersion === '2' ? [['WARC-Protocol', 'h2'] as const] : []),
        ['Content-Type', `application/http;msgtype=${side}`],
      ],
      length,
    )
    yield* messageOf(one, side)
    yield '\r\n\r\n'
  }
}

async function* messageOf(one: CapturedExchange, side: 'request' | 'response'): AsyncGenerator<Uint8Array> {
  if (one.row.httpVersion === null) {
    yield* one[side]()
    return
  }
  const message = await readMessage(one[side](), '2')
  // A status line of HTTP/1 has a blank before the reason, also before an empty one.
  const head = headText(message, 'HTTP/1.1')
  yield Buffer.from(side === 'response' ? head.replace(/^(HTTP\/1\.1 \d{3})\r\n/, '$1 \r\n') : head, 'latin1')
  yield* message.body
}
