import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Figure } from '../main.ts'
import { findProgram, median, processorTime, workFolder } from './machine.ts'
import { startOrigin } from './origin-http2.ts'
import { startGatewaySubject } from './subject-gateway.ts'
import { startMitmdump } from './subject-mitmdump.ts'

const rounds = 3
/** Enough for two seconds and more of each subject. */
const requests = { gateway: 30_000, mitmdump: 2500 } as const

/**
 * HTTP/2 on both sides, everything recorded: 8 connections of 16 streams, 1 KiB answers of nginx, h2load through CONNECT.
 * The gateway's cost is that of its two processes. Rounds are interleaved; medians.
 */
export async function http2Figures(): Promise<readonly Figure[]> {
  const [h2load, proxychains, nginx, mitmdump] = ['h2load', 'proxychains4', 'nginx', 'mitmdump'].map(findProgram)
  if (h2load === undefined || proxychains === undefined || nginx === undefined) {
    console.log(
      'Not measured: HTTP/2 (needs h2load, proxychains4 and nginx; Debian: nghttp2-client proxychains4 nginx-light)',
    )
    return []
  }
  if (mitmdump === undefined) console.log('Not measured: HTTP/2 against mitmdump (no mitmdump here; Debian: mitmproxy)')
  const folder = workFolder()
  const ends: (() => void)[] = [folder.end]
  try {
    const origin = await startOrigin(nginx, folder.path)
    ends.push(origin.end)
    const gateway = await startGatewaySubject(folder.path)
    ends.push(gateway.end)
    const peer = mitmdump === undefined ? null : await startMitmdump(mitmdump, folder.path)
    if (peer !== null) ends.push(peer.end)
    const load = loader(proxychains, h2load, folder.path, origin.port)
    const ours: { cpu: number; perSecond: number }[] = []
    const theirs: { cpu: number; perSecond: number }[] = []
    const account = `${gateway.name} ${gateway.secret}`
    // About as long as the others are warmed up for.
    await load(gateway.port, account, 'shop.example', 2 * requests.gateway)
    if (peer !== null) await load(peer.port, '', 'localhost', 200)
    for (let round = 0; round < rounds; round++) {
      const recordedBefore = await gateway.recorded()
      ours.push(
        await measured(gateway.pids, requests.gateway, () =>
          load(gateway.port, account, 'shop.example', requests.gateway),
        ),
      )
      const recorded = (await gateway.recorded()) - recordedBefore
      if (recorded < requests.gateway) throw new Error(`${requests.gateway} requests, ${recorded} in the record`)
      if (peer !== null)
        theirs.push(
          await measured([peer.pid], requests.mitmdump, () => load(peer.port, '', 'localhost', requests.mitmdump)),
        )
    }
    const cpu = median(ours.map((one) => one.cpu))
    const figures: Figure[] = [
      {
        what: 'HTTP/2 recorded, requests',
        value: median(ours.map((one) => one.perSecond)),
        unit: 'per s',
        key: 'figures.h2_per_s',
      },
      {
        what: 'HTTP/2 recorded, processor time of gateway and recorder',
        value: cpu,
        unit: 'µs per request',
        key: 'figures.h2_cpu_us',
      },
    ]
    if (theirs.length > 0) {
      const peerCpu = median(theirs.map((one) => one.cpu))
      figures.push(
        {
          what: 'HTTP/2, mitmdump -w, processor time',
          value: peerCpu,
          unit: 'µs per request',
          key: 'figures.h2_mitmdump_cpu_us',
        },
        {
          what: 'HTTP/2 recorded against mitmdump -w, processor time',
          value: peerCpu / cpu,
          unit: 'times less',
          reach: 'at least 13',
          key: 'ratios.h2_recorded_vs_mitmdump',
        },
      )
    }
    return figures
  } finally {
    for (const end of ends.toReversed()) end()
  }
}

async function measured(
  pids: readonly number[],
  count: number,
  load: () => Promise<void>,
): Promise<{ cpu: number; perSecond: number }> {
  const used = (): number => pids.reduce((sum, pid) => sum + processorTime(pid), 0)
  const before = used()
  const from = performance.now()
  await load()
  const seconds = (performance.now() - from) / 1000
  return { cpu: (used() - before) / count, perSecond: count / seconds }
}

/** h2load of so many requests through a proxy; rejects when one of them did not succeed. */
function loader(proxychains: string, h2load: string, folder: string, originPort: number) {
  return async (proxyPort: number, account: string, host: string, count: number): Promise<void> => {
    const configuration = join(folder, `proxychains-${proxyPort}.conf`)
    const names = host === 'localhost' ? '' : 'proxy_dns\n'
    writeFileSync(
      configuration,
      `strict_chain\nquiet_mode\n${names}[ProxyList]\nhttp 127.0.0.1 ${proxyPort} ${account}\n`,
    )
    const { stdout } = await promisify(execFile)(
      proxychains,
      ['-q', '-f', configuration, h2load, '-n', String(count), '-c8', '-m16', `https://${host}:${originPort}/`],
      { timeout: 120_000 },
    )
    if (!stdout.includes(`${count} succeeded`) || !stdout.includes('Application protocol: h2')) throw new Error(stdout)
  }
}
