import type { InstallationView } from '@zhongheng/contracts/http/installation.ts'
import type { InstallationFacts, JobFault, JobName } from '@zhongheng/domain/installation/facts.ts'
import { judgeInstallation } from '@zhongheng/domain/installation/judge.ts'
import { type Level, type PartName, worst } from '@zhongheng/domain/installation/part.ts'
import { Problem, say, type Text } from '@zhongheng/domain/shared/problem.ts'

/**
 * What one server remembers of the installation's condition between two looks: faults of its jobs, outages that it saw,
 * and since when each part is as it is. In memory: the database may be the very thing that is away.
 */
export class Condition {
  readonly startedAt: string
  readonly #jobs = new Map<JobName, JobFault>()
  readonly #since = new Map<PartName, { readonly level: Level; readonly since: string }>()
  #away: { from: string; to: string | null } | null = null
  #refused: { at: string; why: string } | null = null
  #seen: InstallationView | null = null

  constructor(startedAt: Date = new Date()) {
    this.startedAt = startedAt.toISOString()
  }

  /** What a job is to be told its faults with: they are noted here, and reported as before. */
  faultsOf(job: JobName, report: (error: unknown) => void): (error: unknown) => void {
    return (error) => {
      this.noteFault(job, error, new Date())
      report(error)
    }
  }

  noteFault(job: JobName, error: unknown, at: Date): void {
    const times = (this.#jobs.get(job)?.times ?? 0) + 1
    this.#jobs.set(job, { job, at: at.toISOString(), times, what: kindOf(error) })
  }

  /** Faults of jobs, newest first. */
  jobs(): readonly JobFault[] {
    return [...this.#jobs.values()].toSorted((one, other) => (one.at < other.at ? 1 : -1))
  }

  noteDatabase(answers: boolean, at: Date): InstallationFacts['databaseAway'] {
    const open = this.#away !== null && this.#away.to === null
    if (!answers && !open) this.#away = { from: at.toISOString(), to: null }
    if (answers && this.#away !== null && open) this.#away = { ...this.#away, to: at.toISOString() }
    return this.#away
  }

  noteRecorder(state: string | null, why: string | null, at: Date): InstallationFacts['recorderRefused'] {
    if (state === 'full' || state === 'failed') this.#refused = { at: at.toISOString(), why: why ?? state }
    return this.#refused
  }

  /** Judges facts and remembers the judgement. */
  see(facts: InstallationFacts, now: Date): InstallationView {
    const parts = judgeInstallation(facts, now).map((part) => ({
      ...part,
      since: part.since ?? this.#sinceOf(part, now),
    }))
    this.#seen = {
      lookedAt: now.toISOString(),
      level: worst(parts.map(({ level }) => level)),
      parts: parts.map(shown),
      nodes: nodesIn(facts),
    }
    return this.#seen
  }

  /** What was seen last; null before the first look. */
  get seen(): InstallationView | null {
    return this.#seen
  }

  #sinceOf({ part, level }: { part: PartName; level: Level }, now: Date): string {
    const before = this.#since.get(part)
    if (before?.level === level) return before.since
    const since = before === undefined && level === 'ok' ? this.startedAt : now.toISOString()
    this.#since.set(part, { level, since })
    return since
  }
}

/** All of them by number, where there are several. */
const nodesIn = ({ nodes, firstNode, gateway, recorder }: InstallationFacts): InstallationView['nodes'] =>
  nodes.length === 0
    ? []
    : [{ ...firstNode, number: 0, gateway, recorder }, ...nodes].map((one) => ({
        number: one.number,
        address: one.address,
        engagements: one.engagements,
        up: one.gateway !== null && one.recorder !== null,
      }))

const shown = ({ facts, ...part }: ReturnType<typeof judgeInstallation>[number] & { since: string }) => ({
  ...part,
  facts: [...facts],
})

/** Kind, rule and code of a fault. Words of ours are told; a message of anybody else's may hold what people wrote. */
function kindOf(error: unknown): Text {
  if (error instanceof Problem) {
    const rule = error.rule === undefined ? '' : ` (${error.rule})`
    return say(`${error.text.zh}${rule}`, `${error.text.en}${rule}`)
  }
  const name = error instanceof Error ? error.name : typeof error
  const code = codeOf(error)
  return say(`${name}${code}`, `${name}${code}`)
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  // PostgreSQL's and the system's codes are short words of their own.
  return typeof code === 'string' && /^[A-Z0-9_]{2,40}$/.test(code) ? ` ${code}` : ''
}
