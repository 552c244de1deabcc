import { describe, expect, it } from 'vitest'
import type { BusFacts, InstallationFacts, StoreFacts } from './facts.ts'
import { judgeInstallation } from './judge.ts'
import { type PartName, partNames, worst } from './part.ts'

const now = new Date('2026-11-21T12:00:00Z')
const ago = (ms: number): string => new Date(now.getTime() - ms).toISOString()
const day = 86_400_000
const text = { zh: '原因', en: 'the reason' }

const roomOf = (freeBytes: number, writable = true) => ({ freeBytes, totalBytes: 99 * 2 ** 30, writable })
const dataDisk = (room: ReturnType<typeof roomOf> | null) => ({
  disks: [{ place: 'data', path: '/srv/data', room }] as const,
})

/** Ms Wei's installation in its best state. */
const fine: InstallationFacts = {
  keys: { keeper: { kind: 'shares', needed: 2, of: 3 }, suite: 'aes-256-gcm', version: 1, rotationFault: null },
  backup: { madeAt: ago(day), bytes: 5_000_000, checkedAt: ago(day / 2) },
  disks: [
    { place: 'data', path: '/srv/data', room: roomOf(50 * 2 ** 30) },
    { place: 'recordings', path: '/srv/traffic', room: roomOf(9 * 2 ** 30) },
  ],
  database: { version: '18.3', step: '0029.sql', waiting: 0, unknown: 0, clockMs: 0 },
  databaseAway: null,
  gateway: {
    policySequence: 7,
    policyExpiresAt: ago(-20_000),
    recorder: 'connected',
    openConnections: 3,
    clockMs: 0,
  },
  recorder: {
    state: 'recording',
    why: null,
    freeBytes: 9 * 2 ** 30,
    reserveBytes: 2 ** 28,
    lag: 0,
    withoutKey: 0,
    damaged: 0,
    store: { place: 'https://s3.example.com/traffic', waiting: 0, waitingSince: null, stuck: 0, failing: null },
    bus: { place: 'nats.example.com:4222', waiting: 0, refused: 0, failing: null },
  },
  firstNode: { address: 'gw.example.com:7080', engagements: 5 },
  nodes: [
    {
      number: 1,
      address: 'gw1.example.com:7081',
      engagements: 4,
      gateway: {
        policySequence: 7,
        policyExpiresAt: ago(-20_000),
        recorder: 'connected',
        openConnections: 0,
        clockMs: 0,
      },
      recorder: {
        state: 'recording',
        why: null,
        freeBytes: 9 * 2 ** 30,
        reserveBytes: 2 ** 28,
        lag: 0,
        withoutKey: 0,
        damaged: 0,
        store: null,
        bus: null,
      },
    },
  ],
  recorderRefused: null,
  ledger: { size: 12, checkpointAt: ago(500), waitingSince: ago(200), fault: null, scrubbedAt: ago(day), damage: null },
  mail: { waiting: 0, sentAt: ago(60_000), failing: null },
  jobs: [],
  versions: { product: '0.1.0', node: '24.0.0', startedAt: ago(day) },
}
const storeWith = (change: Partial<StoreFacts>): Partial<InstallationFacts> => {
  const { recorder } = fine
  if (!recorder?.store) throw new Error('Ms Wei’s recorder has a store')
  return { recorder: { ...recorder, store: { ...recorder.store, ...change } } }
}
const busWith = (change: Partial<BusFacts>): Partial<InstallationFacts> => {
  const { recorder } = fine
  if (!recorder?.bus) throw new Error('Ms Wei’s recorder has a bus')
  return { recorder: { ...recorder, bus: { ...recorder.bus, ...change } } }
}
const judged = (change: Partial<InstallationFacts>, part: PartName) => {
  const found = judgeInstallation({ ...fine, ...change }, now).find((one) => one.part === part)
  if (!found) throw new Error(`no part ${part}`)
  return found
}

describe('the state of the installation', () => {
  it('has every part once, and nothing to do where all is well', () => {
    const parts = judgeInstallation(fine, now)
    expect(parts.map(({ part }) => part)).toEqual(partNames)
    expect(parts.filter(({ level, todo }) => level !== 'ok' || todo !== null)).toEqual([])
  })

  it.each<[string, Partial<InstallationFacts>, PartName, 'warning' | 'fault']>([
    ['a key in the clear', { keys: { ...fine.keys, keeper: { kind: 'file' } } }, 'keys', 'warning'],
    ['a rotation that is stuck', { keys: { ...fine.keys, rotationFault: text } }, 'keys', 'fault'],
    ['no backup', { backup: null }, 'backup', 'warning'],
    [
      'a backup of three days ago',
      { backup: { madeAt: ago(3 * day), bytes: 1, checkedAt: null } },
      'backup',
      'warning',
    ],
    ['a disk with 1 GiB left', dataDisk(roomOf(2 ** 30)), 'disks', 'warning'],
    ['a disk with 100 MiB left', dataDisk(roomOf(100 * 2 ** 20)), 'disks', 'fault'],
    ['a disk that is read-only', dataDisk(roomOf(2 ** 40, false)), 'disks', 'fault'],
    ['a disk that cannot be read', dataDisk(null), 'disks', 'fault'],
    ['disks that do not answer', { disks: null }, 'disks', 'fault'],
    ['a database that is away', { database: null }, 'database', 'fault'],
    ['a form that is behind', { database: { ...fine.database!, waiting: 2 } }, 'database', 'warning'],
    ['a form of a newer version', { database: { ...fine.database!, unknown: 1 } }, 'database', 'warning'],
    ['a clock of the database that is off', { database: { ...fine.database!, clockMs: -3000 } }, 'database', 'warning'],
    ['a gateway that is away', { gateway: null }, 'gateway', 'fault'],
    ['a gateway without policy', { gateway: { ...fine.gateway!, policySequence: null } }, 'gateway', 'fault'],
    ['a policy that lapsed', { gateway: { ...fine.gateway!, policyExpiresAt: ago(1) } }, 'gateway', 'fault'],
    ['a gateway without recorder', { gateway: { ...fine.gateway!, recorder: 'absent' } }, 'gateway', 'fault'],
    ['a clock of the gateway that is off', { gateway: { ...fine.gateway!, clockMs: 3_600_000 } }, 'gateway', 'warning'],
    ['a recorder that is away', { recorder: null }, 'recorder', 'fault'],
    ['a recorder that is full', { recorder: { ...fine.recorder!, state: 'full' } }, 'recorder', 'fault'],
    ['a recorder that cannot write', { recorder: { ...fine.recorder!, state: 'failed' } }, 'recorder', 'fault'],
    ['a damaged recording', { recorder: { ...fine.recorder!, damaged: 1 } }, 'recorder', 'fault'],
    ['an index that is behind', { recorder: { ...fine.recorder!, lag: 6000 } }, 'recorder', 'warning'],
    [
      'a segment store that has been away for ten minutes',
      storeWith({ waiting: 12, waitingSince: ago(660_000), failing: { since: ago(600_000), why: 'ECONNREFUSED' } }),
      'recorder',
      'warning',
    ],
    ['other bytes in the segment store', storeWith({ stuck: 1 }), 'recorder', 'fault'],
    [
      'a bus that has been away for ten minutes',
      busWith({ waiting: 900, failing: { since: ago(600_000), why: 'ECONNREFUSED' } }),
      'recorder',
      'warning',
    ],
    ['messages on the bus that are not the recorder’s', busWith({ refused: 1 }), 'recorder', 'fault'],
    ['a node whose gateway is away', { nodes: [{ ...fine.nodes[0]!, gateway: null }] }, 'nodes', 'fault'],
    ['a node whose recorder is away', { nodes: [{ ...fine.nodes[0]!, recorder: null }] }, 'nodes', 'fault'],
    [
      'a node whose index is behind',
      { nodes: [{ ...fine.nodes[0]!, recorder: { ...fine.nodes[0]!.recorder!, lag: 6000 } }] },
      'nodes',
      'warning',
    ],
    ['a ledger that cannot be asked', { ledger: null }, 'ledger', 'fault'],
    ['a ledger that contradicts', { ledger: { ...fine.ledger!, fault: text } }, 'ledger', 'fault'],
    ['a damaged ledger', { ledger: { ...fine.ledger!, damage: { file: 'tile/0', what: text } } }, 'ledger', 'fault'],
    ['entries that wait', { ledger: { ...fine.ledger!, waitingSince: ago(20_000) } }, 'ledger', 'warning'],
    ['entries that wait long', { ledger: { ...fine.ledger!, waitingSince: ago(120_000) } }, 'ledger', 'fault'],
    ['a ledger not read through', { ledger: { ...fine.ledger!, scrubbedAt: ago(3 * day) } }, 'ledger', 'warning'],
    [
      'mail that does not leave',
      { mail: { waiting: 2, sentAt: null, failing: { tries: 4, since: ago(day), what: 'EGRESS-5' } } },
      'mail',
      'fault',
    ],
    ['a job that failed', { jobs: [{ job: 'alerts', at: ago(60_000), times: 4, what: text }] }, 'jobs', 'warning'],
  ])('%s is told with what to do, in both languages, and touches no other part', (_, change, part, level) => {
    const found = judged(change, part)
    expect(found.level).toBe(level)
    for (const words of [found.what, found.todo]) {
      expect(words?.zh).toMatch(/\p{Script=Han}/u)
      expect(words?.en).toMatch(/^[^\p{Script=Han}]+$/u)
    }
    const others = judgeInstallation({ ...fine, ...change }, now).filter((one) => one.level !== 'ok')
    expect(others.map((one) => one.part)).toEqual([part])
  })

  it('names the node that is away, and speaks of nodes only where there are several', () => {
    expect(judged({ nodes: [{ ...fine.nodes[0]!, gateway: null }] }, 'nodes').what.en).toBe(
      'Node 1: The gateway does not answer; nothing passes',
    )
    const alone = judgeInstallation({ ...fine, nodes: [] }, now).map(({ part }) => part)
    expect(alone).toEqual(partNames.filter((name) => name !== 'nodes'))
  })

  it('forgets a job’s fault as a warning after a quarter of an hour, and still shows it', () => {
    const found = judged({ jobs: [{ job: 'alerts', at: ago(16 * 60_000), times: 4, what: text }] }, 'jobs')
    expect(found).toMatchObject({ level: 'ok', facts: [{ name: { en: 'Delivery of alerts' } }] })
  })

  it('lets a segment store be away for some minutes, shows it, and warns of nothing yet', () => {
    const found = judged(
      storeWith({ waiting: 2, waitingSince: ago(90_000), failing: { since: ago(60_000), why: 'it answers 503' } }),
      'recorder',
    )
    expect(found.level).toBe('ok')
    expect(found.facts).toContainEqual({
      name: { zh: '存储最近的失败', en: 'Last failure of the store' },
      value: { kind: 'code', code: 'it answers 503' },
    })
  })

  it('knows since when from the facts, where they tell', () => {
    expect(judged({ ledger: { ...fine.ledger!, waitingSince: ago(120_000) } }, 'ledger').since).toBe(ago(120_000))
    expect(judged({ database: null, databaseAway: { from: ago(9000), to: null } }, 'database').since).toBe(ago(9000))
    expect(judged({ recorder: null }, 'recorder').since).toBeNull()
  })

  it('is as bad as its worst part', () => {
    expect(worst([])).toBe('ok')
    expect(worst(['ok', 'fault', 'warning'])).toBe('fault')
    expect(worst(['ok', 'warning'])).toBe('warning')
  })
})
