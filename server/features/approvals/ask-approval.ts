import type { ApprovalView } from '@zhongheng/contracts/http/approvals.ts'
import { checkMayAsk } from '@zhongheng/domain/access/break-glass.ts'
import type { TwoPersonAct } from '@zhongheng/domain/access/describe-act.ts'
import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import { actRules } from '@zhongheng/domain/access/two-persons.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { notFound } from '../../http/problems.ts'
import type { Caller } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { openableEngagement } from '../break-glass/reads.ts'
import { openEngagement } from '../engagements/reads.ts'
import { accountsOfBrowser } from './account-marks.ts'
import { canonicalAct, digestOf, sealWords } from './act-digest.ts'
import { rulesOf } from './house-rules.ts'
import { audienceOf } from './spend-approval.ts'
import { viewApproval } from './view-approvals.ts'

/** Open requests of one person: nobody judges more in a day. */
const most = 20

/**
 * Asks a second person to let one act pass. Who may ask is who may do it.
 * @throws Problem as the act's own checks; too_many TWO-8
 */
export async function askApproval(
  work: Work,
  act: TwoPersonAct,
  purpose: string,
  caller: Caller,
): Promise<ApprovalView> {
  await checkAsker(work, act)
  const open = await work.db
    .selectFrom('approvals')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('asked_by', '=', work.actor.personId)
    .where('verdict', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('expires_at', '>', work.now)
    .executeTakeFirst()
  if (Number(open?.count ?? 0) >= most)
    throw new Problem('too_many', say(`最多 ${most} 份待批申请`, `at most ${most} requests wait at a time`), {
      rule: 'TWO-8',
      retryAfter: 3600,
    })
  const id = work.newId('approval')
  const canonical = canonicalAct(work.actor, act)
  const digest = digestOf(canonical)
  const engagementId = 'engagementId' in act ? act.engagementId : null
  await work.db
    .insertInto('approvals')
    .values({
      id,
      org_id: work.actor.orgId,
      engagement_id: engagementId,
      kind: act.kind,
      digest,
      sealed_words: sealWords(work, id, { canonical, purpose }),
      asked_by: work.actor.personId,
      asked_at: work.now,
      expires_at: new Date(work.now.getTime() + actRules[act.kind].life),
      same_browser: await accountsOfBrowser(work, caller.devices),
      decided_by: null,
      decided_at: null,
      verdict: null,
      sealed_reason: null,
      withdrawn_at: null,
      used_at: null,
    })
    .execute()
  work.record({
    kind: 'approval.asked',
    engagementId,
    subject: id,
    role: work.actor.orgKind,
    audience: audienceOf(act.kind),
    facts: { act: act.kind, digest },
  })
  return viewApproval(work, id)
}

/** The same objects and rights as the call itself asks for. */
async function checkAsker(work: Work, act: TwoPersonAct): Promise<void> {
  switch (act.kind) {
    case 'member_posts': {
      mustInHouse(work, 'members.change')
      const member = await work.db
        .selectFrom('persons')
        .select('id')
        .where('id', '=', act.personId)
        .where('org_id', '=', work.actor.orgId)
        .executeTakeFirst()
      if (!member) throw notFound()
      return
    }
    case 'invitation':
      return mustInHouse(work, 'members.invite')
    case 'two_person_rules':
      return mustInHouse(work, 'two_persons.rules')
    case 'separation':
      return mustInHouse(work, 'separation.rules')
    case 'pack': {
      const engagement = await openEngagement(work, act.engagementId, 'pack.build')
      if (act.pack.findingId === undefined) return
      const finding = await work.db
        .selectFrom('findings')
        .select('id')
        .where('id', '=', act.pack.findingId)
        .where('engagement_id', '=', engagement.id)
        .executeTakeFirst()
      if (!finding) throw notFound()
      return
    }
    case 'break_glass': {
      const engagement = await openableEngagement(work, act.engagementId)
      return checkMayAsk(work.actor, engagement.role, await rulesOf(work))
    }
    case 'evidence':
      await openEngagement(work, act.engagementId, 'pack.build')
      return
    case 'disposal':
      await openEngagement(work, act.engagementId, 'disposal.order')
      return
    case 'captures': {
      const engagement = await openEngagement(work, act.engagementId, 'captures.read')
      const { testerId } = act.captures
      if (testerId === undefined) return
      const enrolled = await work.db
        .selectFrom('enrollments')
        .select('id')
        .where('engagement_id', '=', engagement.id)
        .where('person_id', '=', String(testerId))
        .executeTakeFirst()
      if (!enrolled) throw notFound()
    }
  }
}

function mustInHouse(work: Work, action: Parameters<typeof mayInHouse>[1]): void {
  if (!mayInHouse(work.actor, action))
    throw new Problem('forbidden', say('您的岗位不能申请此事', 'your post may not ask for this'), { rule: 'ROLE-2' })
}
