import type { Figure } from '../main.ts'
import { findProgram, median, memoryOf, processorTime, warmUpSeconds, workFolder } from './machine.ts'
import { startOrigin } from './origin-http2.ts'
import { startDante } from './subject-dante.ts'
import { startGatewaySubject } from './subject-gateway.ts'
import { startMitmdump } from './subject-mitmdump.ts'
import { startRelay } from './subject-relay.ts'
import { squidCanBump, startSquid } from './subject-squid.ts'
import { type Load, type Ran, type Way, wrkLoader } from './wrk.ts'

const rounds = 3
/** On a machine that is busy elsewhere a slow subject may not come to its first answer within a round. */
const attempts = 3

type Subject = { readonly name: string; readonly way: Way; readonly pids: readonly number[] }
/** Microseconds a request, of all processes of a subject and of its first alone. */
type Measured = Ran & { readonly cpu: number; readonly first: number }

/** What the gateway must be better by, in processor time; a peer that is not on this machine is left out. */
type Comparison = {
  readonly key: string
  readonly what: string
  readonly load: Load
  readonly ours: 'gateway' | 'closed tunnel' | 'socks5'
  readonly peers: readonly {
    readonly name: string
    readonly ratio: string
    readonly reach: string
    readonly upsideDown?: true
  }[]
}

const kept = { connections: 32, seconds: 3 } as const
const comparisons: readonly Comparison[] = [
  {
    key: 'intercept_1k',
    what: 'TLS intercepted, 1 KiB',
    load: { ...kept, path: '/' },
    ours: 'gateway',
    peers: [
      { name: 'mitmdump', ratio: 'intercept_recorded_vs_mitmdump', reach: 'at least 20' },
      { name: 'squid', ratio: 'intercept_recorded_vs_squid', reach: 'at least 1.2' },
    ],
  },
  {
    key: 'intercept_64k',
    what: 'TLS intercepted, 64 KiB',
    load: { ...kept, path: '/64k' },
    ours: 'gateway',
    peers: [
      { name: 'mitmdump', ratio: 'intercept_64k_vs_mitmdump', reach: 'at least 5' },
      { name: 'squid', ratio: 'intercept_64k_vs_squid', reach: 'at least 1.2' },
    ],
  },
  {
    key: 'new_connection',
    what: 'TLS intercepted, a new connection each',
    load: { connections: 8, seconds: 3, path: '/', anew: true },
    ours: 'gateway',
    peers: [
      { name: 'mitmdump', ratio: 'new_connections_vs_mitmdump', reach: 'at least 3.4' },
      { name: 'squid', ratio: 'new_connections_vs_squid', reach: 'at least 1.9' },
    ],
  },
  {
    key: 'tunnel',
    what: 'closed tunnel, 1 KiB',
    load: { ...kept, path: '/' },
    ours: 'closed tunnel',
    peers: [{ name: 'bare relay', ratio: 'tunnel_vs_relay', reach: 'at least 0.9' }],
  },
  {
    key: 'socks5',
    what: 'SOCKS5, closed tunnel, 1 KiB',
    load: { ...kept, path: '/' },
    ours: 'socks5',
    // Ours by theirs here: the figure asks for it that way round.
    peers: [{ name: 'dante', ratio: 'socks5_vs_dante', reach: 'at most 1.05', upsideDown: true }],
  },
]

/**
 * The gateway with everything on (account, scope on the resolved address, limits, every byte recorded and sealed by the recorder's
 * process, whose time counts too) beside programs of the field: mitmdump that writes its flows, squid that ends TLS and writes a line a
 * request, dante, and a relay of a few lines. wrk loads; subject on one core, load and origin on the other; rounds are interleaved with
 * their order rotated, figures are medians by
 * processor time. Each subject is loaded for a while before it counts.
 */
export async function peerFigures(): Promise<readonly Figure[]> {
  const found = Object.fromEntries(
    ['wrk', 'proxychains4', 'nginx', 'mitmdump', 'squid', 'danted'].map((name) => [name, findProgram(name)]),
  )
  if (!found['wrk'] || !found['proxychains4'] || !found['nginx']) {
    console.log('Not measured: peers (needs wrk, proxychains4 and nginx; Debian: wrk proxychains4 nginx-light)')
    return []
  }
  const folder = workFolder()
  const ends: (() => void)[] = [folder.end]
  try {
    const origin = await startOrigin(found['nginx'], folder.path)
    ends.push(origin.end)
    const gateway = await startGatewaySubject(folder.path)
    ends.push(gateway.end)
    const account = `${gateway.name} ${gateway.secret}`
    const ours = (host: Way['host'], kind: Way['kind']): Way => ({ kind, host, account, port: gateway.port })
    const subjects: Subject[] = [
      { name: 'gateway', way: ours('shop.example', 'http'), pids: gateway.pids },
      { name: 'closed tunnel', way: ours('pinned.example', 'http'), pids: gateway.pids },
      { name: 'socks5', way: ours('pinned.example', 'socks5'), pids: gateway.pids },
    ]
    const add = (name: string, kind: Way['kind'], started: { port: number; pid: number; end(): void }): void => {
      ends.push(started.end)
      subjects.push({ name, way: { kind, host: 'localhost', account: '', port: started.port }, pids: [started.pid] })
    }
    if (found['mitmdump']) add('mitmdump', 'http', await startMitmdump(found['mitmdump'], folder.path))
    else console.log('Not measured: mitmdump (Debian: mitmproxy)')
    if (found['squid'] && squidCanBump()) add('squid', 'http', await startSquid(found['squid'], folder.path))
    else console.log('Not measured: squid with TLS (Debian: squid-openssl)')
    if (found['danted']) add('dante', 'socks5', await startDante(found['danted'], folder.path))
    else console.log('Not measured: dante (Debian: dante-server)')
    add('bare relay', 'http', await startRelay())
    const load = wrkLoader({ wrk: found['wrk'], proxychains: found['proxychains4'] }, folder.path, origin.port)
    const figures: Figure[] = []
    const warm = new Set<string>()
    for (const comparison of comparisons) {
      const names = [comparison.ours, ...comparison.peers.map(({ name }) => name)]
      const taking = subjects.filter(({ name }) => names.includes(name))
      figures.push(...tell(comparison, await measure(comparison.load, taking, load, warm)))
    }
    figures.push({
      key: 'figures.memory_after_64k_mib',
      what: 'memory of the gateway, the most it held through all of this',
      value: memoryOf(gateway.pids[0] ?? 0).most,
      unit: 'MiB',
      reach: 'at most 200',
    })
    const one: Load = { path: '/', connections: 1, seconds: 3 }
    const direct = await load(null, one)
    const through = await load(ours('shop.example', 'http'), one)
    figures.push({
      key: 'figures.added_p50_ms',
      what: 'added to p50 on one connection',
      value: through.p50 - direct.p50,
      unit: 'ms',
      reach: 'at most 0.2',
    })
    return figures
  } finally {
    for (const end of ends.toReversed()) end()
  }
}

async function measure(
  load: Load,
  subjects: readonly Subject[],
  run: (way: Way, load: Load) => Promise<Ran>,
  warm: Set<string>,
): Promise<ReadonlyMap<string, Measured>> {
  const found = new Map<string, Measured[]>(subjects.map(({ name }) => [name, []]))
  for (const { name, way } of subjects) {
    await run(way, { ...load, seconds: warm.has(name) ? 3 : warmUpSeconds })
    warm.add(name)
  }
  for (let round = 0; round < rounds; round++) {
    const turned = [...subjects.slice(round % subjects.length), ...subjects.slice(0, round % subjects.length)]
    for (const { name, way, pids } of turned) {
      const used = (): number[] => pids.map(processorTime)
      for (let attempt = 0; ; attempt++) {
        const before = used()
        const ran = await run(way, load)
        if (ran.requests > 0) {
          const [first = 0, ...others] = used().map((now, at) => (now - (before[at] ?? 0)) / ran.requests)
          found.get(name)?.push({ ...ran, first, cpu: others.reduce((sum, one) => sum + one, first) })
          break
        }
        if (attempt === attempts) throw new Error(`${name} answers nothing`)
      }
    }
  }
  return new Map(
    [...found].map(([name, all]) => {
      const middle = median(all.map(({ cpu }) => cpu))
      return [name, all.find(({ cpu }) => cpu === middle) as Measured]
    }),
  )
}

function tell(comparison: Comparison, found: ReadonlyMap<string, Measured>): Figure[] {
  const { key, what, ours, peers } = comparison
  const own = found.get(ours)
  if (own === undefined) return []
  const figures: Figure[] = [
    { key: `figures.${key}_per_s`, what: `${what}, requests`, value: own.perSecond, unit: 'per s' },
    {
      key: `figures.${key}_cpu_us`,
      what: '  processor time, gateway and recorder',
      value: own.cpu,
      unit: 'µs per request',
    },
    {
      key: `figures.${key}_gateway_cpu_us`,
      what: '  of it the gateway’s',
      value: own.first,
      unit: 'µs per request',
    },
    { key: `figures.${key}_p50_ms`, what: '  p50', value: own.p50, unit: 'ms' },
    { key: `figures.${key}_p99_ms`, what: '  p99', value: own.p99, unit: 'ms' },
  ]
  for (const { name, ratio, reach, upsideDown } of peers) {
    const peer = found.get(name)
    if (peer === undefined) continue
    figures.push(
      {
        key: `figures.peer_${key}_${name.replace(' ', '_')}_cpu_us`,
        what: `  peer: ${name}`,
        value: peer.cpu,
        unit: 'µs per request',
      },
      {
        key: `ratios.${ratio}`,
        what: upsideDown ? `  the gateway's by that of ${name}` : `  that of ${name} by the gateway's`,
        value: upsideDown ? own.cpu / peer.cpu : peer.cpu / own.cpu,
        unit: 'times',
        reach,
      },
    )
  }
  return figures
}
