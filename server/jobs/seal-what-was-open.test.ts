import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sealWhatWasOpen } from './seal-what-was-open.ts'

let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
}, 120_000)
afterAll(() => stage.close())

const rows = async (text: string): Promise<Record<string, unknown>[]> =>
  (await sql.raw<Record<string, unknown>>(text).execute(stage.deps.database.kysely)).rows

describe('words that an earlier version kept in the clear', () => {
  it('are sealed at the next start, read as before, and sealed once', async () => {
    await rows(`update engagements set stop = '{"byRole":"auditor","reason":"发现越界迹象","at":"2026-11-20T08:00:00.000Z"}',
      stop_reason = null where id = '${engagementId}'`)
    await rows(`update leases set reason = '核对来源地址', state = 'suspended' where engagement_id = '${engagementId}'`)
    await rows(`insert into ownership_proofs (id, engagement_id, object, method, state, challenge, letter_digest, checked_at, check_result, created_at)
      values ('prf_01h00000000000000000000001', '${engagementId}', 'pay.test', 'letter', 'failed', 'x', '${'0'.repeat(64)}', now(),
        '{"zh":"组织方：公章与主体不符","en":"organizer: 公章与主体不符"}', now())`)
    await rows(`update testers set grade_basis = 'history: 既往成果良好' where grade > 0`)
    await rows('update sealing_state set closed_at = null')
    await sealWhatWasOpen(stage.deps)
    const lying = JSON.stringify(
      await rows(`select e.stop, e.stop_reason, l.reason, p.check_result, p.note, t.grade_basis
      from engagements e, leases l, ownership_proofs p, testers t where e.id = '${engagementId}'`),
    )
    for (const words of ['越界迹象', '来源地址', '公章', '既往']) expect(lying).not.toContain(words)
    const params = { engagementId }
    const { organizer } = cast
    expect((await organizer.call('GET /api/engagements/:engagementId', { params })).stop?.reason).toBe('发现越界迹象')
    const { leases } = await organizer.call('GET /api/engagements/:engagementId/leases', { params })
    expect(new Set(leases.map(({ reason }) => reason))).toEqual(new Set(['核对来源地址']))
    const { proofs } = await cast.demand.call('GET /api/engagements/:engagementId/proofs', { params })
    expect(proofs.find(({ method }) => method === 'letter')?.lastCheck?.result).toEqual({
      zh: '组织方：公章与主体不符',
      en: 'organizer: 公章与主体不符',
    })
    const { testers } = await organizer.call('GET /api/testers', { query: {} })
    expect(testers.filter(({ grade }) => grade > 0).map(({ gradeBasis }) => gradeBasis)).toEqual(
      testers.filter(({ grade }) => grade > 0).map(() => 'history: 既往成果良好'),
    )
    await rows('update sealing_state set closed_at = null')
    await sealWhatWasOpen(stage.deps)
    expect((await organizer.call('GET /api/engagements/:engagementId', { params })).stop?.reason).toBe('发现越界迹象')
  })
})
