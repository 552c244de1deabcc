import type { Call } from '@zhongheng/contracts/http/index.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { Work } from '../../work/work.ts'

/**
 * Orders new keys at one level. The job carries it out while everything goes on.
 * @throws Problem wrong_state SEAL-6 while another one is under way
 */
export async function orderRotation(work: Work, { kind }: Call<'POST /api/sealing/rotations'>['body']): Promise<void> {
  const id = work.newId('keyRotation')
  // Rows of the installation, which people do not read; the route asked for the post.
  await work.asSystem(async (db) => {
    await db.selectFrom('sealing_state').select('kek').forUpdate().execute()
    const open = await db.selectFrom('key_rotations').select('id').where('state', '<>', 'done').executeTakeFirst()
    if (open)
      throw new Problem(
        'wrong_state',
        say('已有一次密钥轮换正在进行，请等待其完成', 'a rotation of keys is under way; wait for its end'),
        { rule: 'SEAL-6' },
      )
    await db
      .insertInto('key_rotations')
      .values({ id, kind, asked_by: work.actor.personId, asked_at: work.now })
      .execute()
  })
  work.record({
    kind: 'rotation.ordered',
    engagementId: null,
    subject: id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { kind },
  })
}
