import type { WitnessView } from '@zhongheng/contracts/http/witnesses.ts'
import { Problem, badField, say } from '@zhongheng/domain/shared/problem.ts'
import { toHex } from '@zhongheng/ledger/verify/bytes.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { openRegistration } from '@zhongheng/ledger/verify/witness-registration.ts'
import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import type { WitnessRow } from './seats.ts'
import { viewWitness } from './view-witness.ts'

/** An organisation's witnesses at work at one time: enough for several sites and a change of keys. */
const mostWitnesses = 5

/** A witness of one's own organisation. */
export const ownWitnessRef: Reference<WitnessRow> = {
  about: 'witness of the own organisation',
  async load(work, id) {
    const row = await work.db
      .selectFrom('witnesses')
      .selectAll()
      .where('id', '=', id)
      .where('org_id', '=', work.actor.orgId)
      .forUpdate()
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}

/**
 * Registers a witness of one's own organisation. The text shows possession of the key, so that nobody takes another's
 * key away; a key that was removed does not come back.
 * @throws Problem malformed WITNESS-1; refused WITNESS-2 for a key or a name that is known, WITNESS-8 for too many
 */
export async function registerWitness(
  work: Work,
  { registration, jurisdiction }: { registration: string; jurisdiction: string },
): Promise<WitnessView> {
  const opened = openRegistration(nodeCrypto, work.deps.ledger.origin, registration)
  if (opened === undefined || opened.key.name.length > 100 || opened.key.name === work.deps.ledger.origin)
    throw badField(
      'body.registration',
      say('应为见证人打印的两行文字，且属于本账本', 'the two lines that the witness printed, for this ledger'),
      say('运行 heng witness register 重新取得', 'get them again with heng witness register'),
    )
  const publicKey = toHex(opened.key.publicKey)
  // A key or a name may belong to a house that this person does not see.
  const [known, mine] = await work.asSystem(async (db) => [
    await db
      .selectFrom('witnesses')
      .select('id')
      .where((eb) =>
        eb.or([
          eb('public_key', '=', publicKey),
          eb.and([eb('name', '=', opened.key.name), eb('removed_at', 'is', null)]),
        ]),
      )
      .executeTakeFirst(),
    await db
      .selectFrom('witnesses')
      .select('id')
      .where('org_id', '=', work.actor.orgId)
      .where('removed_at', 'is', null)
      .execute(),
  ])
  if (known)
    throw new Problem(
      'refused',
      say(
        '该密钥或名称已登记过，请建立新的见证人',
        'this key or name was registered before; set up a new witness with another name',
      ),
      { rule: 'WITNESS-2' },
    )
  if (mine.length >= mostWitnesses)
    throw new Problem(
      'refused',
      say(
        `每个单位最多 ${mostWitnesses} 个见证人，请先移除不用的`,
        `at most ${mostWitnesses} witnesses; remove one first`,
      ),
      { rule: 'WITNESS-8' },
    )
  const id = work.newId('witness')
  await work.db
    .insertInto('witnesses')
    .values({
      id,
      org_id: work.actor.orgId,
      name: opened.key.name,
      verifier_key: opened.verifierKey,
      public_key: publicKey,
      jurisdiction,
      registered_by: work.actor.personId,
      registered_at: work.now,
      removed_by: null,
      removed_at: null,
      last_size: null,
      last_at: null,
      late_since: null,
      disagrees_since: null,
      disagrees_size: null,
    })
    .execute()
  work.record({
    kind: 'witness.registered',
    engagementId: null,
    subject: id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { key: publicKey },
  })
  return viewWitness(work, id)
}

/** @throws Problem wrong_state WITNESS-3 when it was removed already */
export async function removeWitness(work: Work, row: WitnessRow): Promise<WitnessView> {
  if (row.removed_at !== null)
    throw new Problem('wrong_state', say('该见证人已移除', 'this witness was removed already'), { rule: 'WITNESS-3' })
  await work.db
    .updateTable('witnesses')
    .set({ removed_at: work.now, removed_by: work.actor.personId })
    .where('id', '=', row.id)
    .execute()
  work.record({
    kind: 'witness.removed',
    engagementId: null,
    subject: row.id,
    role: work.actor.orgKind,
    audience: 'house',
    facts: { key: row.public_key },
  })
  return viewWitness(work, row.id)
}
