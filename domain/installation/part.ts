import { seconds } from '../shared/clock.ts'
import { say, type Text } from '../shared/problem.ts'

export const levels = ['ok', 'warning', 'fault'] as const
export type Level = (typeof levels)[number]

export const partNames = [
  'keys',
  'backup',
  'disks',
  'database',
  'gateway',
  'recorder',
  'nodes',
  'ledger',
  'mail',
  'jobs',
  'versions',
] as const
export type PartName = (typeof partNames)[number]

/** One value as it is to be shown: `code` as it stands, `bytes` with a unit, `moment` in the reader's zone. */
export type Shown =
  | { readonly kind: 'text'; readonly text: Text }
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'moment'; readonly at: string }

export type Part = {
  readonly part: PartName
  readonly level: Level
  /** How it stands, in one line. */
  readonly what: Text
  /** What to do; null where nothing is. */
  readonly todo: Text | null
  /** Since when, where the facts themselves tell; else whoever watches knows. */
  readonly since: string | null
  readonly facts: readonly { readonly name: Text; readonly value: Shown }[]
}

export type Judged = Pick<Part, 'level' | 'what' | 'todo'> & { readonly since?: string | null }

export const ok = (what: Text): Judged => ({ level: 'ok', what, todo: null })
export const warning = (what: Text, todo: Text, since?: string | null): Judged => ({
  level: 'warning',
  what,
  todo,
  since: since ?? null,
})
export const fault = (what: Text, todo: Text, since?: string | null): Judged => ({
  level: 'fault',
  what,
  todo,
  since: since ?? null,
})

export const text = (value: Text): Shown => ({ kind: 'text', text: value })
export const code = (value: string): Shown => ({ kind: 'code', code: value })
export const number = (value: number): Shown => ({ kind: 'number', number: value })
export const moment = (at: string | null): Shown =>
  at === null ? text(say('尚无', 'none yet')) : { kind: 'moment', at }
export const milliseconds = (ms: number | null): Shown =>
  ms === null ? text(say('未知', 'unknown')) : code(`${ms} ms`)

/** Clocks of one machine agree; the gateway stops by itself at a jump. */
export const clocksDiffer = seconds(2)

/** The worst of some levels. */
export const worst = (found: readonly Level[]): Level =>
  levels[Math.max(0, ...found.map((level) => levels.indexOf(level)))] ?? 'ok'
