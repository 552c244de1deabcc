import type { Actor } from '../access/actor.ts'
import { type HouseAction, mayInHouse } from '../access/matrix.ts'
import { Problem, type Text, say } from '../shared/problem.ts'

/**
 * What somebody asks to have corrected because others rely on it: a name stands under signatures, a place decides what may be
 * given, an identity was checked. Everything else people change by themselves. The organisation is not here: another one is
 * another account, invited by it.
 */
export const correctionFields = ['name', 'jurisdiction', 'identity'] as const
export type CorrectionField = (typeof correctionFields)[number]
export const correctionStates = ['asked', 'granted', 'refused', 'withdrawn'] as const
export type CorrectionState = (typeof correctionStates)[number]

export const correctionNames: { readonly [field in CorrectionField]: Text } = {
  name: say('姓名', 'name'),
  jurisdiction: say('所在地', 'where you work'),
  identity: say('实名信息', 'verified identity'),
}

/** The name of a field in an event; null for what is none. */
export const correctionName = (field: string): Text | null => (isField(field) ? correctionNames[field] : null)

/** Who decides within the house that decides: whoever gives names and posts there, and whoever checks identities. */
const decidedBy: { readonly [field in CorrectionField]: HouseAction } = {
  name: 'members.change',
  jurisdiction: 'members.change',
  identity: 'testers.verify',
}
const isField = (field: string): field is CorrectionField => correctionFields.some((one) => one === field)

/** Whether a person's post decides on such corrections; whose they are is not asked here. */
export const decidesOn = (actor: Actor, field: string): boolean => isField(field) && mayInHouse(actor, decidedBy[field])
/** The fields on whose correction this person decides. */
export const decidable = (actor: Actor): CorrectionField[] =>
  correctionFields.filter((field) => decidesOn(actor, field))

/**
 * Working days until a request is to be answered. Fifteen is the most that 《App违法违规收集使用个人信息行为认定方法》 art. 6 lets an
 * operator take over a correction; it is no setting, because no installation may take longer.
 */
export const correctionDays = 15

/** The end of the last working day. Public holidays count as working days here, so that the answer comes earlier, never later. */
export function dueAt(asked: Date): Date {
  const day = new Date(asked)
  for (let left = correctionDays; left > 0; ) {
    day.setUTCDate(day.getUTCDate() + 1)
    if (day.getUTCDay() !== 0 && day.getUTCDay() !== 6) left--
  }
  day.setUTCHours(24, 0, 0, 0)
  return day
}

/** @throws Problem wrong_state CORRECT-3 once it was decided or taken back */
export function checkOpen(state: string): void {
  if (state !== 'asked')
    throw new Problem('wrong_state', say('此更正请求已有结果', 'this request has its result already'), {
      rule: 'CORRECT-3',
    })
}

/** @throws Problem forbidden CORRECT-2: nobody decides about themselves, and nobody without the post */
export function checkDecides(actor: Actor, request: { readonly personId: string; readonly field: string }): void {
  if (request.personId !== actor.personId && decidesOn(actor, request.field)) return
  throw new Problem('forbidden', say('须由有此岗位的另一人决定', 'another person with the post for it decides'), {
    rule: 'CORRECT-2',
  })
}

export const nothingToCorrect = (): Problem =>
  new Problem('refused', say('与现有内容相同，无须更正', 'it says that already; there is nothing to correct'), {
    rule: 'CORRECT-1',
    fields: [
      {
        field: 'body.value',
        limit: say('须与现有内容不同', 'other than what is held'),
        fix: say('填写正确的内容', 'say what is right'),
      },
    ],
  })
export const alreadyAsked = (): Problem =>
  new Problem(
    'conflict',
    say('该信息已有待决定的更正请求，可先撤回', 'a request for it waits already; it can be taken back first'),
    { rule: 'CORRECT-4' },
  )
export const nobodyDecides = (): Problem =>
  new Problem(
    'wrong_state',
    say(
      '没有其他人可以决定：请先由本单位另一人担任安全管理员',
      'nobody else could decide it: have somebody else of your organisation hold the post of security administrator first',
    ),
    { rule: 'CORRECT-5' },
  )
export const notYetVerified = (): Problem =>
  new Problem(
    'wrong_state',
    say(
      '尚未核验的实名信息，请在“我的测试者资料”中重新填写',
      'an identity that is not verified is given anew on your tester page',
    ),
    { rule: 'CORRECT-6' },
  )
