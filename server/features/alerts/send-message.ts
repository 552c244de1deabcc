import { createHmac } from 'node:crypto'
import type { Socket } from 'node:net'
import { type Channel, readReceiver } from '@zhongheng/domain/conduct/receivers.ts'
import { type SyslogGrade, octetCounted, syslogLine } from '@zhongheng/domain/conduct/syslog-line.ts'
import { egressRefusal } from '@zhongheng/domain/egress/destination.ts'
import { Problem, type Text, say } from '@zhongheng/domain/shared/problem.ts'
import type { Deps } from '../../work/deps.ts'

export type Outbound = {
  readonly channel: Channel
  readonly address: string
  /** PEM; null: the public authorities. */
  readonly authority: string | null
  /** `whsec_` and base64, of a webhook. */
  readonly secret: string | null
  readonly id: string
  readonly what: string
  readonly grade: SyslogGrade
  readonly at: Date
  readonly message: string
}

/** What became of one try. `alone`: the receiver is there and refuses just this message. */
export type Telling = { readonly ok: true } | { readonly ok: false; readonly why: Text; readonly alone: boolean }

/** Milliseconds that a receiver has to take a message. */
const patience = 5000

/** One try, through the one way out. A receiver's answer is read no further than its status. */
export async function sendMessage(deps: Deps, out: Outbound): Promise<Telling> {
  try {
    if (out.channel === 'webhook') return await post(deps, out)
    const place = readReceiver(out.channel, out.address, deps.settings.egressAllow, 'address')
    const line = syslogLine({
      grade: out.grade,
      at: out.at,
      host: hostOf(deps.settings.publicUrl),
      what: `alert.${out.what}`,
      json: out.message,
    })
    const allowance = { by: 'list', rows: deps.settings.egressAllow } as const
    if (out.channel === 'syslog_udp') await deps.egress.datagram(place.host, place.port, Buffer.from(line), allowance)
    else {
      const tls = out.channel === 'syslog_tls' ? { tls: out.authority === null ? {} : { ca: out.authority } } : {}
      await handOver(await deps.egress.connect(place.host, place.port, allowance, tls), octetCounted(line))
    }
    return { ok: true }
  } catch (error) {
    if (error instanceof Problem) return { ok: false, why: error.text, alone: false }
    throw error
  }
}

async function post(deps: Deps, out: Outbound): Promise<Telling> {
  const seconds = Math.floor((deps.clock?.now() ?? new Date()).getTime() / 1000)
  const key = Buffer.from((out.secret ?? '').replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${out.id}.${seconds}.${out.message}`).digest('base64')
  const { status } = await deps.egress.send(
    {
      method: 'POST',
      url: out.address,
      headers: {
        'content-type': 'application/json',
        'webhook-id': out.id,
        'webhook-timestamp': String(seconds),
        'webhook-signature': `v1,${signature}`,
      },
      body: out.message,
      timeoutMs: patience,
      ...(out.authority === null ? {} : { ca: out.authority }),
    },
    { by: 'list', rows: deps.settings.egressAllow },
  )
  if (status >= 200 && status < 300) return { ok: true }
  // Too early, too many or timed out: the receiver as a whole wants a pause.
  const alone = status >= 400 && status < 500 && ![408, 425, 429].includes(status)
  return { ok: false, why: say(`接收方应答 ${status}`, `the receiver answered ${status}`), alone }
}

/** Writes, ends, and waits for the other side to end too: a receiver that breaks off has not taken it. Syslog itself acknowledges nothing. */
function handOver(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fault = (what: string) => egressRefusal('EGRESS-5', say(what, what))
    socket.setTimeout(patience, () => {
      const flushed = socket.writableFinished
      socket.destroy()
      if (flushed) resolve()
      else reject(fault(`over ${patience} ms`))
    })
    socket.on('error', (error: NodeJS.ErrnoException) => reject(fault(error.code ?? error.message)))
    socket.on('close', () => (socket.writableFinished ? resolve() : reject(fault('closed'))))
    socket.resume()
    socket.end(text)
  })
}

const hostOf = (address: string): string => (URL.canParse(address) ? new URL(address).hostname : '')
