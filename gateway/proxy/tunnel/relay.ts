import type { Socket } from 'node:net'
import type { Carried, ExchangeEnd, ExchangeHead } from '@zhongheng/contracts/records/capture.ts'
import type { SpecialHandling } from '@zhongheng/domain/authorizations/scope/handling.ts'
import type { Share } from '../../policy/load-book.ts'
import type { Tap } from '../../taps/tap.ts'
import type { Link, Parts } from '../parts.ts'
import { pace } from '../pace.ts'
import { Inflow, writeTo } from '../streams.ts'
import type { Upstream } from '../upstream.ts'
import { looksLikeHttp, looksLikeTls } from './client-hello.ts'

/**
 * Passes a tunnel on without looking into it. `raw`: each piece is acknowledged by the recorder before it goes on.
 * `tunnel`: only how much went each way is recorded, after the head was acknowledged. Both end when either side is gone,
 * the lease ends or the recorder is lost.
 * @param late the tester said nothing yet: what it begins with must not be HTTP or TLS, which would have been judged
 */
export async function relayTunnel(
  parts: Parts,
  link: Link,
  socket: Socket,
  upstream: Upstream,
  record: ExchangeHead,
  mode: SpecialHandling,
  late: boolean,
  share: Share | undefined,
): Promise<void> {
  const tap: Tap = parts.recorder.open(record)
  const counted = { requestBytes: 0, responseBytes: 0, requestChunks: 0, responseChunks: 0 }
  let stopped = false
  let outcome: ExchangeEnd['outcome'] = 'complete'
  link.raw = true
  // No page can be shown in a protocol that is not ours.
  link.answering = true
  const touch = (): void => {
    link.touched = parts.time.monotonic()
  }
  const pass = async (from: Inflow, to: Socket, side: 'request' | 'response'): Promise<void> => {
    for (let chunk = await from.next(); chunk !== null; chunk = await from.next()) {
      counted[`${side}Bytes`] += chunk.length
      counted[`${side}Chunks`]++
      if (late && side === 'request' && counted.requestChunks === 1 && (looksLikeHttp(chunk) || looksLikeTls(chunk))) {
        stopped = true
        upstream.socket.destroy()
        return void socket.destroy()
      }
      if (mode === 'raw') {
        if (side === 'request') tap.requestBytes(chunk)
        else tap.responseBytes(chunk)
        await tap.written()
      }
      const pause = side === 'request' ? share?.sent(chunk.length) : share?.received(chunk.length)
      if (pause !== undefined && pause > 0) await pace(pause, link, parts.time, () => to.destroyed)
      if (link.cutBy !== null || !(await writeTo(to, chunk))) return
    }
    to.end()
  }
  try {
    await tap.written()
    parts.counters.passed++
    const inflow = new Inflow(socket, touch)
    socket.resume()
    await Promise.all([pass(inflow, upstream.socket, 'request'), pass(upstream.inflow, socket, 'response')])
    if (link.cutBy !== null || stopped) outcome = 'stopped'
    else if (!socket.readableEnded) outcome = 'client_gone'
    else if (!upstream.socket.readableEnded) outcome = 'target_gone'
  } catch {
    // The recorder is gone; it tells everybody through onLost, and nothing more passes here.
    outcome = 'stopped'
  } finally {
    upstream.socket.destroy()
    socket.destroy()
    await tap
      .end({
        finishedAt: parts.time.now().toISOString(),
        status: 0,
        outcome,
        ...(mode === 'tunnel' ? { carried: counted satisfies Carried } : {}),
      })
      .catch(() => undefined)
  }
}
