import type { Values } from './inputs.ts'

const day = 86_400
const mebi = 2 ** 20

/** What an installation of a size needs. Bytes are bytes, rates are at the busiest seconds unless their name says mean. */
export type Plan = {
  readonly exchangesPerYear: number
  readonly meanPerSecond: number
  readonly peakPerSecond: number
  readonly contentPerYear: number
  readonly storedPerYear: number
  /** Content over what lies on the disk. */
  readonly compression: number
  readonly gatewayCores: number
  readonly recorderCores: number
  /** Pairs of one gateway and one recorder process, which fill a core each, and one pair to spare. */
  readonly nodes: number
  /** Busy cores of nodes, at the peak. */
  readonly nodeCores: number
  readonly diskPerNode: number
  readonly networkPerNode: number
  readonly engagements: number
  readonly segmentsPerYear: number
  readonly meanSegment: number
  readonly busMessagesPeak: number
  readonly busBytesPeak: number
  readonly indexRowsPeak: number
  /** Servers that take rows into the index, were it split by nodes. */
  readonly indexServers: number
  readonly indexRowsKept: number
  readonly indexBytesKept: number
  readonly ledgerEntriesPeak: number
  /** Share of what one ledger enters. */
  readonly ledgerShare: number
  readonly storeBytesKept: number
  readonly storeRawBytesKept: number
  readonly costs: { readonly [part in 'nodes' | 'disks' | 'index' | 'store' | 'uploads']: number }
  readonly costPerMonth: number
  readonly costPerTesterYear: number
}

/**
 * Works out what testers, their exchanges and the measured figures come to. Pure arithmetic: the same values give the same plan.
 * @throws RangeError naming a value that cannot be meant
 */
export function planFor(values: Values): Plan {
  check(values)
  const v = values
  const perDay = v.testers * v.requestsPerTesterDay
  const exchangesPerYear = perDay * v.daysPerYear
  const meanPerSecond = perDay / day
  const peakPerSecond = meanPerSecond * v.peakFactor
  const large = v.shareText + v.sharePacked
  const content = v.shareSmall * v.bytesSmall + large * v.bytesLarge
  const stored = v.shareSmall * v.storedSmall + v.shareText * v.storedText + v.sharePacked * v.storedPacked
  const gatewayCores = (peakPerSecond * (v.shareSmall * v.gatewaySmall + large * v.gatewayLarge)) / 1e6
  const recorderCores = (peakPerSecond * (v.shareSmall * v.recorderSmall + large * v.recorderLarge)) / 1e6
  // A process of each kind fills one core, so the dearer of both says how many pairs there are.
  const nodes = Math.ceil(Math.max(gatewayCores, recorderCores) / v.utilisation) + 1
  const engagements = Math.ceil(v.testers / v.testersPerEngagement)

  const kept = v.retentionMonths / 12
  const storedPerYear = exchangesPerYear * stored
  const storedPerDay = perDay * stored
  const notes = exchangesPerYear * kept * v.noteBytesPerExchange
  const here = storedPerDay * (v.keepDays + v.storeOutageHours / 24) + notes
  // Tests fill some hours of a day: a segment is sealed by its age or by its content, whichever comes first. Each node has its own.
  const activeSeconds = (day / v.peakFactor) * 2
  const bySize = (perDay * content) / (v.segmentMiB * mebi)
  const byAge = Math.min(
    engagements * Math.min(nodes, v.testersPerEngagement) * (activeSeconds / v.segmentSeconds),
    perDay,
  )
  const segmentsPerYear = Math.max(bySize, byAge) * v.daysPerYear

  // Under load a message is full; otherwise one goes out of each node each time rows have gathered.
  const byGathering = nodes * (1000 / v.gatherMs)
  const busMessagesPeak = Math.max(peakPerSecond / v.rowsPerMessage, Math.min(peakPerSecond, byGathering))
  const indexRowsKept = exchangesPerYear * kept
  const indexBytesKept = indexRowsKept * v.indexRowBytes
  const ledgerEntriesPeak = (segmentsPerYear / v.daysPerYear / day) * v.peakFactor
  const storeBytesKept = storedPerYear * kept
  const storeRawBytesKept = storeBytesKept * v.storeCopies

  const indexServers = Math.ceil(peakPerSecond / v.indexRowsPerSecond)
  const costs = {
    nodes: nodes * 2 * v.pricePerCore,
    disks: (here / 1e12) * v.pricePerDiskTB,
    index: indexServers * 8 * v.pricePerCore + (indexBytesKept / 1e12) * v.pricePerDiskTB,
    store: (storeRawBytesKept / 1e12) * v.pricePerStoreTB,
    uploads: (segmentsPerYear / 12 / 1e6) * v.pricePerMillionPuts,
  }
  const costPerMonth = Object.values(costs).reduce((sum, one) => sum + one, 0)
  return {
    exchangesPerYear,
    meanPerSecond,
    peakPerSecond,
    contentPerYear: exchangesPerYear * content,
    storedPerYear,
    compression: content / stored,
    gatewayCores,
    recorderCores,
    nodes,
    nodeCores: nodes * 2,
    diskPerNode: here / Math.max(1, nodes - 1),
    networkPerNode: (peakPerSecond * content * 2) / Math.max(1, nodes - 1),
    engagements,
    segmentsPerYear,
    meanSegment: storedPerYear / segmentsPerYear,
    busMessagesPeak,
    busBytesPeak: peakPerSecond * v.busRow,
    indexRowsPeak: peakPerSecond,
    indexServers,
    indexRowsKept,
    indexBytesKept,
    ledgerEntriesPeak,
    ledgerShare: ledgerEntriesPeak / v.ledgerEntries,
    storeBytesKept,
    storeRawBytesKept,
    costs,
    costPerMonth,
    costPerTesterYear: (costPerMonth * 12) / v.testers,
  }
}

const mayBeZero = new Set<keyof Values>([
  'shareSmall',
  'shareText',
  'sharePacked',
  'keepDays',
  'storeOutageHours',
  'pricePerCore',
  'pricePerDiskTB',
  'pricePerStoreTB',
  'pricePerMillionPuts',
])

function check(values: Values): void {
  for (const [name, value] of Object.entries(values) as [keyof Values, number][])
    if (!Number.isFinite(value) || value < 0 || (value === 0 && !mayBeZero.has(name)))
      throw new RangeError(`${name}: must be a number above 0, not ${value}`)
  if (Math.abs(values.shareSmall + values.shareText + values.sharePacked - 1) > 1e-9)
    throw new RangeError('shareSmall, shareText and sharePacked must add up to 1')
  if (values.utilisation > 1) throw new RangeError('utilisation: at most 1')
}
