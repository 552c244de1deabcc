import { hours } from '../shared/clock.ts'
import { Problem, say } from '../shared/problem.ts'
import { type Actor, type Post, administratorPosts } from './actor.ts'

/** Acts that one person asks for and another lets pass. */
export const actKinds = [
  'member_posts',
  'invitation',
  'pack',
  'evidence',
  'captures',
  'two_person_rules',
  'break_glass',
  'separation',
  'disposal',
] as const
export type ActKind = (typeof actKinds)[number]

/** What a house has two persons for. Once on, a rule goes off by two persons only. */
export type TwoPersonRules = {
  /** Giving the posts that bind or administer the house. */
  readonly members: boolean
  /** Evidence packs, and exports of many exchanges: much of an engagement at once, as a file. */
  readonly exports: boolean
  /** Ordering the destruction of an engagement's data. */
  readonly disposals: boolean
}
export const noRules: TwoPersonRules = { members: false, exports: false, disposals: false }
/** The rules in the order in which they are shown. */
export const twoPersonRules = ['members', 'exports', 'disposals'] as const satisfies readonly (keyof TwoPersonRules)[]

type ActRule = {
  /** Any one of these posts lets the act pass; the asker's own never counts. */
  readonly approvers: readonly Post[]
  /** From asking to the end, decision and use included (milliseconds). */
  readonly life: number
  /** Whether the house's rules want a second person. */
  needed(rules: TwoPersonRules): boolean
}
const binding: readonly Post[] = ['security_admin', 'signatory']

/** The one table of acts by two persons (GBT43741-PS-04, GBT39276 on export approval). */
export const actRules: { readonly [kind in ActKind]: ActRule } = {
  member_posts: { approvers: binding, life: hours(24), needed: ({ members }) => members },
  invitation: { approvers: binding, life: hours(24), needed: ({ members }) => members },
  pack: { approvers: binding, life: hours(24), needed: ({ exports }) => exports },
  evidence: { approvers: binding, life: hours(24), needed: ({ exports }) => exports },
  captures: { approvers: binding, life: hours(24), needed: ({ exports }) => exports },
  two_person_rules: { approvers: binding, life: hours(24), needed: () => true },
  break_glass: { approvers: binding, life: hours(4), needed: () => true },
  separation: { approvers: binding, life: hours(24), needed: () => true },
  disposal: { approvers: binding, life: hours(24), needed: ({ disposals }) => disposals },
}

/** Posts that nobody gives alone where the house's rule on members is on. */
export const heavyPosts: readonly Post[] = [...administratorPosts, 'signatory']
/** Whether these posts hold one that was not held before. */
export const givesHeavyPost = (before: readonly Post[], after: readonly Post[]): boolean =>
  after.some((post) => heavyPosts.includes(post) && !before.includes(post))

export const mayApprove = (actor: Actor, kind: ActKind): boolean =>
  actRules[kind].approvers.some((post) => actor.posts.includes(post))

/** A request as its rules see it. */
export type Approval = {
  readonly kind: ActKind
  readonly askedBy: string
  readonly digest: string
  readonly expiresAt: Date
  readonly verdict: 'approved' | 'refused' | null
  readonly withdrawn: boolean
  readonly used: boolean
}
export const approvalStates = ['waiting', 'approved', 'used', 'refused', 'withdrawn', 'lapsed'] as const
export type ApprovalState = (typeof approvalStates)[number]

/** Where a request stands now; it lapses by the clock alone. */
export function approvalState(one: Omit<Approval, 'kind' | 'askedBy' | 'digest'>, now: Date): ApprovalState {
  if (one.used) return 'used'
  if (one.verdict === 'refused') return 'refused'
  if (one.withdrawn) return 'withdrawn'
  if (one.expiresAt.getTime() <= now.getTime()) return 'lapsed'
  return one.verdict === 'approved' ? 'approved' : 'waiting'
}

/**
 * What two accounts may have in common. All of it together is not proof that they are two humans; any of it is taken as
 * one (see docs/decisions/0041).
 */
export type AccountMarks = {
  readonly personId: string
  readonly name: string
  /** Accounts at sign-in providers: issuer and subject, issuer and mail address. */
  readonly outside: readonly string[]
  /** Accounts that were signed in, in the same browser. */
  readonly sameBrowser: readonly string[]
}
export type SharedMark = 'account' | 'outside' | 'browser' | 'name'

const plain = (name: string): string => name.normalize('NFKC').replaceAll(/\s+/g, '').toLowerCase()

/** By what two accounts look like one human's; null when by nothing that the platform knows. */
export function sharedMark(one: AccountMarks, other: AccountMarks): SharedMark | null {
  if (one.personId === other.personId) return 'account'
  if (one.outside.some((account) => other.outside.includes(account))) return 'outside'
  if (one.sameBrowser.includes(other.personId) || other.sameBrowser.includes(one.personId)) return 'browser'
  return plain(one.name) === plain(other.name) ? 'name' : null
}

const sharedWords: { readonly [mark in Exclude<SharedMark, 'account'>]: ReturnType<typeof say> } = {
  outside: say('两个账号关联同一外部账号', 'both accounts belong to the same account of the sign-in provider'),
  browser: say('两个账号在同一浏览器中登录过', 'both accounts were signed in, in this browser'),
  name: say('两个账号登记的是同一姓名', 'both accounts bear the same name'),
}

/**
 * Refuses whoever cannot be the second person.
 * @throws Problem forbidden TWO-2 for the asker's own account, TWO-3 for another account of the same human
 */
export function checkSecondPerson(asker: AccountMarks, second: AccountMarks): void {
  const shared = sharedMark(asker, second)
  if (shared === null) return
  if (shared === 'account')
    throw new Problem('forbidden', say('申请人不能批准自己的申请', 'nobody approves what they asked for'), {
      rule: 'TWO-2',
    })
  const why = sharedWords[shared]
  throw new Problem('forbidden', say(`须由另一个人决定：${why.zh}`, `another human being must decide: ${why.en}`), {
    rule: 'TWO-3',
  })
}

/**
 * Whether this request can be decided now, by somebody who saw this digest.
 * @throws Problem forbidden ROLE-2 without the post, TWO-4 once lapsed; wrong_state TWO-5 once decided or withdrawn;
 * conflict TWO-6 when what they saw is not what was asked
 */
export function checkDecision(one: Approval, decider: Actor, seenDigest: string, now: Date): void {
  if (!mayApprove(decider, one.kind))
    throw new Problem('forbidden', say('您的岗位不能批准此事', 'your post may not approve this'), { rule: 'ROLE-2' })
  const state = approvalState(one, now)
  if (state === 'lapsed')
    throw new Problem('forbidden', say('申请已过期，须重新提出', 'the request has lapsed; it must be asked again'), {
      rule: 'TWO-4',
    })
  if (state !== 'waiting')
    throw new Problem('wrong_state', say('此申请已有结果', 'this request was decided already'), { rule: 'TWO-5' })
  if (one.digest !== seenDigest)
    throw new Problem('conflict', say('所见内容与申请内容不一致', 'what you saw is not what was asked for'), {
      rule: 'TWO-6',
    })
}

/** The act waits for a second person. */
export const wantsSecondPerson = (): Problem =>
  new Problem(
    'wrong_state',
    say(
      '此操作须经另一人批准：请先提交申请；批准后须原样执行，内容有任何改动须重新申请',
      'a second person must approve this first: ask for it, then do exactly what was approved; anything else must be asked again',
    ),
    { rule: 'TWO-1' },
  )
