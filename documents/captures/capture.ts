import type { ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'

/** What the writers need of an exchange, and its recorded bytes: each call reads them anew from the beginning. */
export type CapturedExchange = {
  readonly row: ExchangeRowView & {
    readonly address: string | null
    readonly httpVersion: '2' | null
    readonly requestDigest: string
    readonly responseDigest: string
  }
  request(): AsyncIterable<Uint8Array>
  response(): AsyncIterable<Uint8Array>
}

/** Pieces of the file, in order. Text is UTF-8. */
export type Pieces = AsyncGenerator<Uint8Array | string>

/**
 * A form of export. Bodies flow through in pieces; at most `heldBytes` of a message's body are held at once. `exchange`
 * yields nothing for a kind that the form cannot carry.
 */
export type CaptureForm = {
  /**
   * @param at when the export began, ISO 8601
   * @param copy the mark of whoever it was made for, of letters, digits and dashes; absent: nobody's
   */
  begin(at: string, copy?: string): string | Uint8Array
  exchange(one: CapturedExchange, position: number, copy?: string): Pieces
  end(): string | Uint8Array
}

/** Bodies up to this size (bytes) are shown as people read them: unpacked, as text where they are text. */
export const heldBytes = 1024 * 1024

/** `https://shop.example:8443/path`, as it was asked for. */
export function urlOf({ scheme, host, port, path }: CapturedExchange['row']): string {
  const name = host.includes(':') ? `[${host}]` : host
  const standard = (scheme === 'https' && port === 443) || (scheme === 'http' && port === 80)
  return `${scheme}://${name}${standard ? '' : `:${port}`}${path}`
}

/** Whether HTTP was recorded of it: neither a tunnel nor something that never left the gateway. */
export const carriesHttp = ({ row }: CapturedExchange): boolean => row.kind === 'http' || row.kind === 'websocket'
