import { isIP } from 'node:net'
import type { Letter } from '@zhongheng/domain/mail/letters.ts'
import { Problem } from '@zhongheng/domain/shared/problem.ts'
import { createTransport } from 'nodemailer'
import type { Egress } from '../egress/egress.ts'
import type { MailSettings, Settings } from '../main/settings.ts'

/** What became of one try; `what` is a code of ours, of the system or of SMTP, never a word of the other side. */
export type Mailed = { readonly ok: true } | { readonly ok: false; readonly what: string; readonly forGood: boolean }

export type MailPort = {
  /** Whether this installation sends mail. */
  readonly on: boolean
  /** One mail to exactly one address that `readMailAddress` read; takes 20 s at most and never throws. */
  send(to: string, letter: Letter, id: string): Promise<Mailed>
}

/** Milliseconds for one mail from dialling to its end; and for each answer. */
const wholeLimit = 20_000
const answerLimit = 6000
/** Bytes that a mail server may say while it takes one mail. */
const mostHeard = 64 * 1024

const isLoopback = (host: string): boolean => host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

/**
 * Mail over SMTP through the one way out: the server is in the administrator's list, its address is judged when it is
 * dialled. TLS from the start or by STARTTLS, its certificate checked; without only to an address of this very machine.
 */
export function openMail(settings: Pick<Settings, 'mail' | 'egressAllow' | 'publicUrl'>, egress: Egress): MailPort {
  const { mail } = settings
  if (mail === null) return { on: false, send: async () => ({ ok: false, what: 'off', forGood: true }) }
  return {
    on: true,
    async send(to, letter, id) {
      try {
        await sendOver(mail, settings, egress, { to, letter, id })
        return { ok: true }
      } catch (error) {
        return { ok: false, what: codeOf(error), forGood: forGood(error) }
      }
    },
  }
}

type Outgoing = { readonly to: string; readonly letter: Letter; readonly id: string }

async function sendOver(
  mail: MailSettings,
  { egressAllow, publicUrl }: Pick<Settings, 'egressAllow' | 'publicUrl'>,
  egress: Egress,
  { to, letter, id }: Outgoing,
): Promise<void> {
  const { host, port, implicitTls, ca } = mail
  const socket = await egress.connect(
    host,
    port,
    { by: 'list', rows: egressAllow },
    implicitTls ? { tls: ca === undefined ? {} : { ca } } : {},
  )
  // The library's own limits begin anew with each byte, and it keeps a line that never ends.
  const flooded = setInterval(() => {
    if (socket.bytesRead > mostHeard) socket.destroy(new Error('FLOOD'))
  }, 20)
  let late: NodeJS.Timeout | undefined
  const ended = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error('LATE')), wholeLimit)
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('CLOSED')))
  })
  ended.catch(() => undefined)
  const ownHost = new URL(publicUrl).hostname
  const transport = createTransport({
    host,
    port,
    name: isIP(ownHost.replace(/[[\]]/g, '')) ? 'localhost' : ownHost,
    secure: implicitTls,
    requireTLS: !implicitTls && !isLoopback(host),
    // On this very machine nobody else listens, and a certificate would be for a name.
    ignoreTLS: !implicitTls && isLoopback(host),
    tls: { ...(isIP(host) ? {} : { servername: host }), ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' },
    ...(mail.user === null ? {} : { auth: { user: mail.user, pass: mail.password ?? '' } }),
    connectionTimeout: answerLimit,
    greetingTimeout: answerLimit,
    socketTimeout: answerLimit,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
    getSocket: (_options: unknown, done: (error: Error | null, found: object) => void) =>
      done(null, { connection: socket, secured: implicitTls }),
  })
  try {
    const sent = await Promise.race([
      transport.sendMail({
        from: mail.from,
        to: { name: '', address: to },
        // Whatever the headers were made of, the envelope has one recipient.
        envelope: { from: mail.from.address, to: [to] },
        messageId: `<${id}@${mail.from.address.split('@')[1] ?? 'localhost'}>`,
        subject: letter.subject,
        text: letter.text,
        headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
      }),
      ended,
    ])
    if (sent.accepted.length !== 1) throw new Error('NOT_TAKEN')
  } finally {
    clearInterval(flooded)
    clearTimeout(late)
    transport.close()
    socket.destroy()
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Problem) return error.rule ?? error.code
  const { code, responseCode, message } = error as { code?: unknown; responseCode?: unknown; message?: unknown }
  const name = [code, message].find((one): one is string => typeof one === 'string' && /^[A-Z_]{3,30}$/.test(one))
  return [name ?? 'FAILED', ...(typeof responseCode === 'number' ? [String(responseCode)] : [])].join(' ')
}

/** The server is there and refuses this very mail: no later try would help. */
function forGood(error: unknown): boolean {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  return code === 'EENVELOPE' && typeof responseCode === 'number' && responseCode >= 500
}
