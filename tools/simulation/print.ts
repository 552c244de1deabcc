import type { Values } from './inputs.ts'
import type { Plan } from './plan.ts'

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const

/** Decimal, as disks and stores are sold. */
export function bytes(value: number): string {
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3))
  return `${number(value / 1000 ** step)} ${units[step] ?? 'B'}`
}

export const number = (value: number): string => value.toLocaleString('en', { maximumSignificantDigits: 3 })

/** The plan as lines for people. */
export function linesOf(plan: Plan, values: Values): string[] {
  const line = (what: string, value: string, note = ''): string =>
    `  ${what.padEnd(44)} ${value.padStart(10)}${note === '' ? '' : `   ${note}`}`
  const { costs } = plan
  return [
    `${number(values.testers)} testers, ${number(values.requestsPerTesterDay)} exchanges each a day`,
    line('exchanges a year', number(plan.exchangesPerYear)),
    line('exchanges a second, mean / busiest', `${number(plan.meanPerSecond)} / ${number(plan.peakPerSecond)}`),
    line('content a year', bytes(plan.contentPerYear)),
    line('sealed and compressed a year', bytes(plan.storedPerYear), `${number(plan.compression)} times less`),
    'Nodes: a gateway and a recorder process each, a core for each process',
    line('busy cores at the peak, gateway / recorder', `${number(plan.gatewayCores)} / ${number(plan.recorderCores)}`),
    line('nodes, one of them to spare', number(plan.nodes), `${number(plan.nodeCores)} cores`),
    line(
      'disk of a node',
      bytes(plan.diskPerNode),
      `${number(values.keepDays)} days and an outage of the store of ${number(values.storeOutageHours)} h`,
    ),
    line('network of a node at the peak, both sides', `${bytes(plan.networkPerNode)}/s`),
    'Bus, index, ledger',
    line(
      'messages a second on the bus',
      number(plan.busMessagesPeak),
      `${bytes(plan.busBytesPeak)}/s, one connection carries ${number(values.busRows)} rows/s`,
    ),
    line(
      'rows into the index a second',
      number(plan.indexRowsPeak),
      `${number(plan.indexServers)} × ${number(values.indexRowsPerSecond)} rows/s`,
    ),
    line(
      'rows in the index',
      number(plan.indexRowsKept),
      `${bytes(plan.indexBytesKept)}, ${number(values.retentionMonths)} months`,
    ),
    line('segments a year', number(plan.segmentsPerYear), `${bytes(plan.meanSegment)} each`),
    line(
      'ledger entries for segments, busiest',
      `${number(plan.ledgerEntriesPeak)}/s`,
      `${number(plan.ledgerShare * 100)} % of what one ledger enters`,
    ),
    'Store',
    line('kept', bytes(plan.storeBytesKept), `${bytes(plan.storeRawBytesKept)} raw`),
    'Costs a month, at the prices given',
    ...(['nodes', 'disks', 'index', 'store', 'uploads'] as const).map((part) => line(part, number(costs[part]))),
    line('together', number(plan.costPerMonth), `${number(plan.costPerTesterYear)} for a tester and year`),
    'Prices and shares are assumptions: --inputs lists every input with where it comes from.',
  ]
}
