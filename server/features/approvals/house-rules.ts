import type { TwoPersonRulesView } from '@zhongheng/contracts/http/approvals.ts'
import { heldPosts } from '@zhongheng/domain/access/held-posts.ts'
import { mayInHouse } from '@zhongheng/domain/access/matrix.ts'
import { type TwoPersonRules, actRules, noRules, twoPersonRules } from '@zhongheng/domain/access/two-persons.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { checkVersion } from '../../work/versions.ts'
import type { Work } from '../../work/work.ts'
import { accountMarks, distinctHumans } from './account-marks.ts'
import { spendApproval } from './spend-approval.ts'

/** What the actor's house has two persons for. */
export async function rulesOf(work: Work): Promise<TwoPersonRules & { version: number }> {
  const row = await work.db
    .selectFrom('two_person_rules')
    .select([...twoPersonRules, 'version'])
    .where('org_id', '=', work.actor.orgId)
    .executeTakeFirst()
  return row ?? { ...noRules, version: 0 }
}

/** Different humans of the house who hold a post by which acts are approved. */
async function approversOf(work: Work): Promise<number> {
  const people = await work.db
    .selectFrom('persons')
    .select(['id', 'posts', 'post_ends'])
    .where('org_id', '=', work.actor.orgId)
    .where('state', '=', 'active')
    .execute()
  const holders = people.filter((one) =>
    heldPosts(one.posts, one.post_ends, work.now).some((post) => actRules.pack.approvers.includes(post)),
  )
  return distinctHumans([
    ...(
      await accountMarks(
        work,
        holders.map((one) => one.id),
      )
    ).values(),
  ])
}

export async function viewRules(work: Work): Promise<TwoPersonRulesView> {
  return {
    ...(await rulesOf(work)),
    approvers: await approversOf(work),
    mayChange: mayInHouse(work.actor, 'two_persons.rules'),
  }
}

/**
 * Switches rules. On goes by one person, where there are two to approve afterwards; off takes two, for a rule that one
 * person can lift is none.
 * @throws Problem wrong_state TWO-7 with nobody to be the second, TWO-1 for switching off alone
 */
export async function changeRules(
  work: Work,
  asked: TwoPersonRules & { version: number },
): Promise<TwoPersonRulesView> {
  const before = await rulesOf(work)
  checkVersion(before.version, asked.version)
  const { version, ...rules } = asked
  if (twoPersonRules.some((rule) => before[rule] && !rules[rule]))
    await spendApproval(work, { kind: 'two_person_rules', ...rules, version })
  else if ((await approversOf(work)) < 2)
    throw new Problem(
      'wrong_state',
      say(
        '须有两名不同人员担任安全管理员或签署人后才能启用',
        'two different people must hold the posts security administrator or signatory before this goes on',
      ),
      { rule: 'TWO-7' },
    )
  const row = { ...rules, changed_at: work.now, version: version + 1 }
  await work.db
    .insertInto('two_person_rules')
    .values({ org_id: work.actor.orgId, ...row })
    .onConflict((conflict) => conflict.column('org_id').doUpdateSet(row))
    .execute()
  work.record({
    kind: 'two_persons.rules_changed',
    engagementId: null,
    subject: work.actor.orgId,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { ...rules },
  })
  return viewRules(work)
}
