import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'

/** A mail server that takes everything, and keeps what came as it came. */
export type Mailbox = {
  /** @returns its port on loopback */
  open(): Promise<number>
  /** What came to an address, as its reader reads it: head and body, transfer encodings undone. */
  to(address: string): string[]
  /** Every mail twice: the bytes of the wire with its envelope, and as it is read. */
  bytes(): AsyncGenerator<Buffer>
  close(): Promise<void>
}

type Came = { readonly envelope: string; readonly to: readonly string[]; readonly raw: Buffer }

export function openMailbox(): Mailbox {
  const came: Came[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onData(stream, session, done) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const to = rcptTo.map(({ address }) => address)
        const envelope = JSON.stringify({
          client: session.clientHostname,
          hello: session.hostNameAppearsAs,
          mailFrom,
          rcptTo,
        })
        came.push({ envelope, to, raw: Buffer.concat(parts) })
        done()
      })
    },
  })
  server.on('error', () => undefined)
  return {
    open: () =>
      new Promise((resolve) => {
        const listener = server.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port))
      }),
    to: (address) => came.filter(({ to }) => to.includes(address)).map(readable),
    async *bytes() {
      for (const one of came) {
        yield Buffer.from(`${one.envelope}\n`)
        yield one.raw
        yield Buffer.from(`\n${readable(one)}\n`)
      }
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

function readable({ raw }: Came): string {
  const text = raw.toString('latin1')
  const at = text.indexOf('\r\n\r\n')
  const head = at < 0 ? text : text.slice(0, at)
  const body = at < 0 ? '' : text.slice(at + 4)
  const words = head
    .replaceAll(/\?=\r\n\s+=\?[^?]+\?[BQ]\?/gi, '')
    .replaceAll(/=\?utf-8\?B\?([^?]*)\?=/gi, (_, in64: string) => Buffer.from(in64, 'base64').toString())
    .replaceAll(/=\?utf-8\?Q\?([^?]*)\?=/gi, (_, quoted: string) => fromQuoted(quoted.replaceAll('_', ' ')))
  const read = /^content-transfer-encoding: *base64/im.test(head)
    ? Buffer.from(body, 'base64').toString()
    : /^content-transfer-encoding: *quoted-printable/im.test(head)
      ? fromQuoted(body)
      : Buffer.from(body, 'latin1').toString()
  return `${words}\n\n${read}`
}

const fromQuoted = (text: string): string =>
  Buffer.from(
    text
      .replaceAll('=\r\n', '')
      .replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString()
