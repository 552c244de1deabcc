import { move, record } from '@zhongheng/tools/demo/prepare.ts'
import { pastTriggers } from '../postgres/past-triggers.ts'
import type { Cast } from './crowd-test.ts'
import type { Stage } from './stage.ts'

/** Ends testing: residue was checked, and everybody certified the deletion of what they held. */
export async function terminate(cast: Cast, id: string): Promise<void> {
  await move(cast.organizer, id, 'terminate', '需求方业务调整，经协商终止项目。')
  for (const tester of [cast.tester, cast.tester2]) {
    await record(tester, id, 'artefact_declaration', { left: '无残留' })
    await record(tester, id, 'disposal_certificate', { deleted: true, method: '清空' })
  }
  await record(cast.demand, id, 'artefact_verification', { clean: true, note: '已核' })
  await record(cast.organizer, id, 'disposal_certificate', { deleted: true, method: '清空' })
}

/** So many days ago everything of an engagement happened. */
export const age = (stage: Stage, id: string, days: number): Promise<void> =>
  pastTriggers(
    stage.deps.settings.databaseUrl,
    ['update events set at = at - make_interval(days => $2) where engagement_id = $1', [id, days]],
    ['update segments set sealed_at = sealed_at - make_interval(days => $2) where engagement_id = $1', [id, days]],
  )
