/** One figure that goes into the calculation, and where it comes from: who reads the result must know what was measured. */
export type Input = {
  readonly value: number
  readonly unit: string
  readonly what: string
  /** `measured`: by a command of this repository, on two shared cores. `set`: follows from the code. `assumed`: yours to replace. */
  readonly from: 'measured' | 'set' | 'assumed'
  readonly source: string
}

const measured = (value: number, unit: string, what: string, source: string): Input => ({
  value,
  unit,
  what,
  from: 'measured',
  source,
})
const fixed = (value: number, unit: string, what: string, source: string): Input => ({
  value,
  unit,
  what,
  from: 'set',
  source,
})
const assumed = (value: number, unit: string, what: string, source = 'replace it with your own'): Input => ({
  value,
  unit,
  what,
  from: 'assumed',
  source,
})

const gatewayBench = 'npm run bench -- gateway'
const recorderBench = 'npm run bench -- recorder'

/** Every input of the calculation by the name that `--set NAME=VALUE` takes. Prices are examples and no offer of anybody. */
export const defaultInputs = {
  testers: assumed(10_000, '', 'testers'),
  requestsPerTesterDay: assumed(15_000, '', 'exchanges of a tester on a day, tools included'),
  daysPerYear: assumed(365, '', 'days of testing in a year'),
  peakFactor: assumed(6, '×', 'the busiest seconds over the mean of a day'),
  testersPerEngagement: assumed(20, '', 'testers of one engagement at a time'),

  shareSmall: assumed(0.75, '', 'share of small exchanges (about 1 KiB of answer)'),
  shareText: assumed(0.15, '', 'share of 64 KiB of text'),
  sharePacked: assumed(0.1, '', 'share of 64 KiB that is packed already'),
  bytesSmall: fixed(1437, 'B', 'sent and received by a small exchange of the benchmark', recorderBench),
  bytesLarge: fixed(65_950, 'B', 'sent and received by a large one', recorderBench),

  storedSmall: measured(283, 'B', 'on the disk for a small exchange', recorderBench),
  storedText: measured(5112, 'B', 'on the disk for 64 KiB of text', recorderBench),
  storedPacked: measured(67_229, 'B', 'on the disk for 64 KiB packed already', recorderBench),
  recorderSmall: measured(101, 'µs', 'processor time of the recorder for a small exchange', gatewayBench),
  recorderLarge: measured(310, 'µs', 'processor time of the recorder for 64 KiB', recorderBench),
  gatewaySmall: measured(75, 'µs', 'processor time of the gateway for a small exchange, TLS intercepted', gatewayBench),
  gatewayLarge: measured(326, 'µs', 'processor time of the gateway for 64 KiB, TLS intercepted', gatewayBench),
  busRow: measured(838, 'B', 'of a row on the bus, sealed', 'npm run bench -- bus'),
  busRows: measured(13_100, 'rows/s', 'over the bus from the record to the index’s door', 'npm run bench -- bus'),
  ledgerEntries: measured(150_000, 'entries/s', 'entered into the ledger durably', 'npm run bench -- ledger'),

  rowsPerMessage: fixed(250, '', 'rows of a message on the bus at most', 'recorder/bus/publisher.ts'),
  gatherMs: fixed(25, 'ms', 'that rows gather before they go', 'recorder/bus/publisher.ts'),
  segmentMiB: fixed(64, 'MiB', 'of content after which a segment is sealed', 'recorder/main/main.ts'),
  segmentSeconds: fixed(60, 's', 'after which a segment is sealed', 'recorder/main/main.ts'),
  noteBytesPerExchange: fixed(
    8,
    'B',
    'kept by the recorder for an exchange whose segment rests elsewhere',
    'recorder/FORMAT.md',
  ),

  indexRowBytes: assumed(
    1100,
    'B',
    'of an index row with its seven indexes',
    'measure with pg_total_relation_size on your own rows',
  ),
  indexRowsPerSecond: assumed(
    5000,
    'rows/s',
    'that one server takes into the index',
    'design target; measure on your own database',
  ),
  utilisation: assumed(0.5, '', 'of a core that is planned with at the peak'),
  keepDays: assumed(7, 'days', 'that a segment stays on the node besides (ZH_SEGMENTS_KEEP_DAYS)'),
  storeOutageHours: assumed(24, 'h', 'of an outage of the store that a node’s disk must bear'),
  retentionMonths: assumed(6, 'months', 'that recordings are kept'),
  storeCopies: assumed(1.5, '×', 'raw bytes in the store for one kept (erasure coding 4+2; three copies are 3)'),

  pricePerCore: assumed(20, '', 'price of a core with 4 GiB of memory, a month'),
  pricePerDiskTB: assumed(80, '', 'price of a terabyte of fast disk, a month'),
  pricePerStoreTB: assumed(12, '', 'price of a terabyte in the store, raw, a month'),
  pricePerMillionPuts: assumed(5, '', 'price of a million uploads'),
} as const satisfies { readonly [name: string]: Input }

export type InputName = keyof typeof defaultInputs
export type Values = { readonly [name in InputName]: number }

export const inputNames = Object.keys(defaultInputs) as InputName[]
export const defaultValues = Object.fromEntries(inputNames.map((name) => [name, defaultInputs[name].value])) as Values
