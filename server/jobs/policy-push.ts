import { nodesEver } from '@zhongheng/domain/engagements/nodes.ts'
import { listenTo } from '../database/listen.ts'
import { sealingOf } from '../features/engagements/reads.ts'
import type { Deps } from '../work/deps.ts'
import { endMoves, servedStates } from '../work/node-assignment.ts'
import { type Node, nodesOf } from '../work/nodes.ts'
import { inSystemWork } from '../work/work.ts'
import { type MadePolicy, policyLife, pushTo, readPolicy } from './policy.ts'

/**
 * Hands data keys to a node's recorder, which keeps them in memory only: those of the engagements that it serves and that may have traffic,
 * and of ended or moved ones whose records it holds without a key, because its feed stands still before those.
 */
async function handKeys(deps: Deps, node: Node): Promise<void> {
  const { engagementsWithoutKey } = await node.recorder.status()
  const rows = await inSystemWork(deps, async (work) => {
    const found = await work.db
      .selectFrom('engagements')
      .select(['id', 'demand_org_id', 'wrapped_key', 'nodes'])
      .where('wrapped_key', '<>', Buffer.alloc(0))
      .where((eb) =>
        eb.or([
          eb('state', 'in', [...servedStates]),
          ...(engagementsWithoutKey.length > 0 ? [eb('id', 'in', [...engagementsWithoutKey])] : []),
        ]),
      )
      .execute()
    return found
      .filter((row) => nodesEver(row.nodes).includes(node.number))
      .flatMap((row) => {
        const sealing = sealingOf(work, row)
        const key = sealing.destroyed ? null : work.deps.keys.trafficKey(sealing.keys)
        return key === null ? [] : [{ id: row.id, key }]
      })
  })
  // Every time anew: a recorder that was restarted has forgotten them, and saying a known key again costs nothing.
  for (const row of rows) await node.recorder.setKey(row.id, row.key)
}

/** Does one thing at a time; what is asked meanwhile is done once more behind it. After `idle` nothing more begins. */
function oneAtATime(task: () => Promise<void>): { (): Promise<void>; idle(): Promise<void> } {
  let running: Promise<void> | null = null
  let again = false
  let ended = false
  function run(): Promise<void> {
    if (running) {
      again = true
      return running
    }
    running = task().finally(() => {
      running = null
      if (again && !ended) {
        again = false
        void run()
      }
    })
    return running
  }
  return Object.assign(run, {
    async idle() {
      ended = true
      await running
    },
  })
}

/** One node's end of the push. Each by itself, so that a gateway or recorder that hangs holds a stop order back from no other. */
type Pusher = {
  /** Brings it a snapshot; of several that wait the newest. Resolves when a try has ended; never rejects. */
  offer(made: MadePolicy): Promise<void>
  hand(): void
  /** Once a second: looks whether it needs something. */
  look(): void
  settled(): Promise<void>
}

function pusherOf(
  deps: Deps,
  node: Node,
  on: {
    readonly taken: (node: number, made: MadePolicy) => void
    /** It wants a new snapshot, with a sequence over this. */
    readonly wanting: (over: number) => void
    readonly fault: (error: unknown) => void
  },
): Pusher {
  let latest: MadePolicy | null = null
  let failed = false
  let keyless = false
  let looking: Promise<void> | null = null
  const push = oneAtATime(async () => {
    const made = latest
    if (made === null) return
    try {
      failed = !(await node.gateway.push(pushTo(node.number, made)))
      if (!failed) on.taken(node.number, made)
    } catch (error) {
      failed = true
      on.fault(error)
    }
  })
  const hand = oneAtATime(() =>
    handKeys(deps, node).then(
      () => {
        keyless = false
      },
      (error: unknown) => {
        keyless = true
        on.fault(error)
      },
    ),
  )
  const pusher: Pusher = {
    offer(made) {
      latest = made
      return push()
    },
    hand: () => void hand(),
    look() {
      if (keyless) pusher.hand()
      looking ??= node.gateway
        .status()
        .then(
          (status) => {
            // One that was started again passes nothing and asks nobody; one that refused has seen a higher sequence. One that is away waits.
            if (status !== null && (failed || status.policySequence === null)) on.wanting(status.policySequence ?? 0)
          },
          (error: unknown) => on.fault(error),
        )
        .finally(() => {
          looking = null
        })
    },
    async settled() {
      await looking
      await push.idle()
      await hand.idle()
    },
  }
  return pusher
}

/**
 * Pushes a fresh signed snapshot to every node at each change and three times in a snapshot's life. A push that fails is tried again
 * within a second: meanwhile that gateway's snapshot runs out and its traffic ends, which is the safe side.
 */
export async function startPolicyPush(
  deps: Deps,
  onFault: (error: unknown) => void,
): Promise<{ now(): Promise<void>; stop(): Promise<void> }> {
  // Grows over restarts too, because a gateway never goes back: milliseconds since 1970 leave room for pushes.
  let sequence = Date.now()
  let stopped = false
  let unmade = false
  let offered: Promise<unknown> = Promise.resolve()
  const wake = (): Promise<void> => (stopped ? Promise.resolve() : make())
  const pushers = nodesOf(deps).map((node) =>
    pusherOf(deps, node, {
      fault: onFault,
      wanting(over) {
        sequence = Math.max(sequence, over)
        void wake()
      },
      taken(number, { leaving }) {
        const ids = leaving.get(number) ?? []
        if (ids.length > 0) void endMoves(deps, number, ids).then(() => void wake(), onFault)
      },
    }),
  )
  const make = oneAtATime(async () => {
    // Beside the push, never before it: a recorder that hangs may not hold a stop order back.
    for (const one of pushers) one.hand()
    sequence = Math.max(sequence + 1, Date.now())
    try {
      const made = await readPolicy(deps, sequence)
      offered = Promise.all(pushers.map((one) => one.offer(made)))
      unmade = false
    } catch (error) {
      unmade = true
      onFault(error)
    }
  })
  const listener = await listenTo(deps.settings.databaseUrl, ['zh_policy'], () => void wake(), onFault)
  const renewal = setInterval(() => void wake(), policyLife / 3)
  // Until gateway and recorder both have what they need nothing passes, and nobody can test.
  const retry = setInterval(() => {
    if (unmade) void wake()
    for (const one of pushers) one.look()
  }, 1000)
  const now = async (): Promise<void> => {
    await wake()
    await offered
  }
  await now()
  return {
    now,
    async stop() {
      stopped = true
      clearInterval(renewal)
      clearInterval(retry)
      await make.idle()
      await Promise.all(pushers.map((one) => one.settled()))
      await listener.stop()
    },
  }
}
