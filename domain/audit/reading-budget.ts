import { Problem, say } from '../shared/problem.ts'
import type { ReadingKind } from './readings.ts'

/**
 * What is counted: different bodies of findings, different exchanges, different exchanges with nothing masked, different letters, reports and
 * packs, and different attached files.
 */
export const budgetKinds = ['findings', 'recordings', 'unmasked', 'documents', 'files'] as const
export type BudgetKind = (typeof budgetKinds)[number]

/**
 * Different objects that one person may open in any 60 minutes: `free` without saying why, from there to `most` with a
 * stated purpose, and no more than that.
 */
export type Budget = { readonly free: number; readonly most: number }
export type ReadingBudgets = Readonly<Record<BudgetKind, Budget>>

/** An hour of quick triage stays below; whoever leafs through everything does not. A report holds every finding of its engagement. */
export const defaultBudgets: ReadingBudgets = {
  findings: { free: 60, most: 240 },
  recordings: { free: 300, most: 1200 },
  unmasked: { free: 30, most: 120 },
  documents: { free: 20, most: 80 },
  files: { free: 60, most: 240 },
}

/** So long a stated purpose stands, minutes. */
export const purposeMinutes = 60

const highest = 100_000

/**
 * `findings:60/240,unmasked:30/120`: the kinds that are named, the defaults for the others.
 * @returns null where the text says something else, or a `most` below its `free`
 */
export function readBudgets(text: string): ReadingBudgets | null {
  const budgets: Record<BudgetKind, Budget> = { ...defaultBudgets }
  for (const part of text.split(',').map((one) => one.trim())) {
    if (part === '') continue
    const [, name, free, most] = /^(\w+):(\d{1,6})\/(\d{1,6})$/.exec(part) ?? []
    const kind = budgetKinds.find((one) => one === name)
    const budget = { free: Number(free), most: Number(most) }
    if (kind === undefined || budget.most < budget.free || budget.most > highest) return null
    budgets[kind] = budget
  }
  return budgets
}

const counted: Readonly<Record<ReadingKind, BudgetKind | null>> = {
  finding: 'findings',
  exchange: 'recordings',
  search: 'recordings',
  unmasked: 'unmasked',
  document: 'documents',
  pack: 'documents',
  attachment: 'files',
  // Judged by how many exchanges it holds; see `judgeExport`.
  captures: null,
  // Stays sealed.
  segment: null,
}
/** The budget that a reading counts towards; null where it is entered and not counted. */
export const budgetOf = (kind: ReadingKind): BudgetKind | null => counted[kind]

/** What a person opened in the last 60 minutes, of one kind. */
export type Use = {
  readonly used: number
  /** This very object is among them: reading it again costs nothing. */
  readonly again: boolean
  /** Seconds until one more is free, and until one more is possible with a purpose. */
  readonly freeIn: number
  readonly possibleIn: number
}

const words = {
  findings: say('份不同的漏洞正文', 'different findings'),
  recordings: say('条不同的流量', 'different exchanges'),
  unmasked: say('条未遮盖的流量', 'exchanges with nothing masked'),
  documents: say('份不同的授权书、报告或证据包', 'different letters, reports and packs'),
  files: say('个不同的附件', 'different attached files'),
}
const wait = (seconds: number) => {
  const minutes = Math.max(1, Math.ceil(seconds / 60))
  return say(`${minutes} 分钟`, minutes === 1 ? 'a minute' : `${minutes} minutes`)
}

/**
 * Whether one more may be opened, and whether that hangs on the stated purpose.
 * @throws Problem too_many READING-1 (state a purpose) or READING-2 (no more in this hour), with the wait
 */
export function judgeReading(kind: BudgetKind, { free, most }: Budget, use: Use, purpose: boolean): 'free' | 'purpose' {
  if (use.again || use.used < free) return 'free'
  const what = words[kind]
  if (use.used >= most) {
    const { zh, en } = wait(use.possibleIn)
    throw new Problem(
      'too_many',
      say(
        `一小时内您已打开 ${use.used} ${what.zh}，达到上限 ${most}。请在 ${zh}后继续；确需更多，请与安全管理员商定。`,
        `within an hour you opened ${use.used} ${what.en}; ${most} is the most. Go on in ${en}, or agree on more with the administrator`,
      ),
      { rule: 'READING-2', retryAfter: Math.max(1, Math.ceil(use.possibleIn)) },
    )
  }
  if (purpose) return 'purpose'
  const { zh, en } = wait(use.freeIn)
  throw new Problem(
    'too_many',
    say(
      `一小时内您已打开 ${use.used} ${what.zh}，额度为 ${free}。请说明查阅目的后继续，或等待 ${zh}。`,
      `within an hour you opened ${use.used} ${what.en}; ${free} need no purpose. Say what you read them for and go on, or wait ${en}`,
    ),
    { rule: 'READING-1', retryAfter: Math.max(1, Math.ceil(use.freeIn)) },
  )
}

/** Whether a file with so many exchanges is one that a house may want a second person for. */
export const isBulk = (exchanges: number, { free }: Budget): boolean => exchanges > free

/**
 * Whether a file with so many exchanges may be exported, and whether that hangs on the stated purpose.
 * @throws Problem too_many READING-1
 */
export function judgeExport(exchanges: number, { most }: Budget, purpose: boolean): 'free' | 'purpose' {
  if (exchanges <= most) return 'free'
  if (purpose) return 'purpose'
  throw new Problem(
    'too_many',
    say(
      `所选流量共 ${exchanges} 条；超过 ${most} 条须先说明目的，或用筛选缩小范围。`,
      `${exchanges} exchanges are chosen; above ${most} say first what they are for, or narrow them by filters`,
    ),
    { rule: 'READING-1' },
  )
}

/** Whether a refusal is one of a budget, which the parties are told of. */
export const isOverBudget = (problem: Problem): boolean => problem.rule?.startsWith('READING-') ?? false
