import { randomBytes } from 'node:crypto'
import { sealingOf } from '@zhongheng/server/features/engagements/reads.ts'
import { sealReason } from '@zhongheng/server/features/account/recovery-routes.ts'
import { sealWords as sealAct } from '@zhongheng/server/features/approvals/act-digest.ts'
import { sealWords as sealCorrection } from '@zhongheng/server/features/corrections/words.ts'
import { sealWords as sealAccess } from '@zhongheng/server/features/break-glass/words.ts'
import { sealWords } from '@zhongheng/server/features/retention/hold-words.ts'
import { documentAt } from '@zhongheng/server/work/sealed-documents.ts'
import { type Work, inSystemWork } from '@zhongheng/server/work/work.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { keptAttachment } from './kept-attachment.ts'
import type { Stage } from './stage.ts'

/** One object of each kind in an engagement; where kinds belong to a tester, that tester's. */
export async function oneOfEachKind(
  stage: Stage,
  engagementId: string,
  tester: Person,
): Promise<{ [kind: string]: string }> {
  const me = await tester.call('GET /api/me', {})
  return inSystemWork(stage.deps, async (work) => {
    const { db, newId, now } = work
    const first = async (
      table: 'scope_versions' | 'ownership_proofs' | 'letters' | 'engagement_records',
    ): Promise<string> =>
      (await db.selectFrom(table).select('id').where('engagement_id', '=', engagementId).executeTakeFirstOrThrow()).id
    const own = async (table: 'enrollments' | 'leases' | 'exchanges' | 'findings'): Promise<string> =>
      (
        await db
          .selectFrom(table)
          .select('id')
          .where('engagement_id', '=', engagementId)
          .where('person_id', '=', me.personId)
          .executeTakeFirstOrThrow()
      ).id
    const finding = await own('findings')
    const reward = newId('reward')
    await db
      .insertInto('rewards')
      .values({
        id: reward,
        finding_id: finding,
        engagement_id: engagementId,
        org_id: me.orgId,
        person_id: me.personId,
        amount_fen: 1,
        state: 'refused',
        note: '',
        proposed_by: 'x',
        proposed_at: now,
      })
      .execute()
    const report = newId('report')
    const revision = Number(BigInt(`0x${randomBytes(3).toString('hex')}`))
    const engagement = await db
      .selectFrom('engagements')
      .select(['demand_org_id', 'wrapped_key'])
      .where('id', '=', engagementId)
      .executeTakeFirstOrThrow()
    const sealing = sealingOf({ deps: stage.deps } as never, { id: engagementId, ...engagement })
    await db
      .insertInto('reports')
      .values({
        id: report,
        engagement_id: engagementId,
        kind: 'test',
        locale: 'zh-CN',
        state: 'superseded',
        revision,
        sealed_sections: sealing.seal({ table: 'reports', column: 'sealed_sections', row: report }, '{}'),
        pdf: sealing.seal(documentAt('reports', 'pdf', report), '%PDF'),
        docx: sealing.seal(documentAt('reports', 'docx', report), 'PK'),
        pdf_sha256: 'a'.repeat(64),
        docx_sha256: 'a'.repeat(64),
        signature: null,
        key_fingerprint: null,
        signed_by: null,
        signed_at: null,
        anchor: 'null',
        created_at: now,
      })
      .execute()
    const event = await db
      .selectFrom('events')
      .select('id')
      .where('engagement_id', '=', engagementId)
      .where('actor', '=', me.personId)
      .where('kind', '=', 'finding.submitted')
      .executeTakeFirstOrThrow()
    const { demand_org_id: house } = await db
      .selectFrom('engagements')
      .select('demand_org_id')
      .where('id', '=', engagementId)
      .executeTakeFirstOrThrow()
    const pack = newId('pack')
    const { id: asker } = await db
      .selectFrom('persons')
      .select('id')
      .where('org_id', '=', house)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('packs')
      .values({
        id: pack,
        engagement_id: engagementId,
        org_id: house,
        person_id: asker,
        kind: 'engagement',
        redaction: 'secrets',
        state: 'cancelled',
        asked_at: now,
      })
      .execute()
    const witness = newId('witness')
    await db
      .insertInto('witnesses')
      .values({
        id: witness,
        org_id: house,
        name: witness,
        verifier_key: 'x',
        public_key: randomBytes(32).toString('hex'),
        registered_by: me.personId,
        registered_at: now,
        removed_by: null,
        removed_at: null,
        last_size: null,
        last_at: null,
        late_since: null,
        disagrees_since: null,
        disagrees_size: null,
      })
      .execute()
    const segment = newId('segment')
    await db
      .insertInto('segments')
      .values({
        id: segment,
        engagement_id: engagementId,
        exchanges: 0,
        first_sequence: 0,
        last_sequence: 0,
        bytes: 5,
        sha256: 'a'.repeat(64),
        root: 'a'.repeat(64),
        sealed_at: now,
      })
      .execute()
    const witnessRule = newId('witnessRule')
    await db
      .insertInto('witness_rules')
      .values({
        id: witnessRule,
        engagement_id: engagementId,
        needed: 0,
        witness_ids: [],
        state: 'refused',
        approvals: [],
        proposed_by: me.personId,
        proposed_at: now,
        in_force_at: null,
      })
      .execute()
    const timeStamp = newId('timeStamp')
    await db
      .insertInto('time_stamps')
      .values({
        id: timeStamp,
        size: 0,
        root: 'a'.repeat(64),
        note: 'x',
        request: Buffer.from('x'),
        answer: null,
        state: 'failed',
        reason: 'manual',
        next_try_at: null,
        failure: null,
        stamped_at: null,
        policy: null,
        authority: null,
        asked_at: now,
      })
      .execute()
    const hold = newId('hold')
    const auditor = await db
      .selectFrom('parties')
      .innerJoin('persons', 'persons.org_id', 'parties.org_id')
      .select(['parties.org_id', 'persons.id'])
      .where('engagement_id', '=', engagementId)
      .where('role', '=', 'auditor')
      .limit(1)
      .executeTakeFirstOrThrow()
    await db
      .insertInto('legal_holds')
      .values({
        id: hold,
        org_id: auditor.org_id,
        engagement_id: engagementId,
        sealed_words: sealWords({ deps: stage.deps } as Work, 'legal_holds', hold, { reason: 'x', reference: 'x' }),
        placed_by: auditor.id,
        placed_at: now,
        lift_asked_by: null,
        lift_asked_at: null,
        lifted_by: null,
        lifted_at: null,
      })
      .execute()
    const approval = newId('approval')
    const evidence = { v: 1, by: me.personId, house: me.orgId, act: { kind: 'evidence', engagementId } }
    await db
      .insertInto('approvals')
      .values({
        id: approval,
        org_id: me.orgId,
        engagement_id: engagementId,
        kind: 'evidence',
        digest: 'a'.repeat(64),
        sealed_words: sealAct({ deps: stage.deps } as Work, approval, {
          canonical: JSON.stringify(evidence),
          purpose: 'x',
        }),
        asked_by: me.personId,
        asked_at: now,
        expires_at: new Date(now.getTime() + 3_600_000),
        same_browser: [],
        decided_by: null,
        decided_at: null,
        verdict: null,
        sealed_reason: null,
        withdrawn_at: null,
        used_at: null,
      })
      .execute()
    const breakGlass = newId('breakGlass')
    await db
      .insertInto('break_glass')
      .values({
        id: breakGlass,
        engagement_id: engagementId,
        org_id: auditor.org_id,
        person_id: auditor.id,
        approval_id: approval,
        approved_by: me.personId,
        sealed_purpose: sealAccess({ deps: stage.deps } as Work, 'sealed_purpose', breakGlass, 'x'),
        opened_at: now,
        ends_at: new Date(now.getTime() + 3_600_000),
        ended_at: null,
        ended_by: null,
        ended_org_id: null,
        sealed_reason: null,
      })
      .execute()
    const targetCertificate = newId('targetCertificate')
    await db
      .insertInto('target_certificates')
      .values({
        id: targetCertificate,
        engagement_id: engagementId,
        host: `${targetCertificate}.example`.replaceAll('_', '-'),
        certificate: 'x',
        fingerprint: 'a'.repeat(64),
        subject: 'x',
        expires_at: now,
        sealed_key: sealing.seal({ table: 'target_certificates', column: 'sealed_key', row: targetCertificate }, 'x'),
        given_by: me.personId,
        given_at: now,
      })
      .execute()
    const rulesVersion = newId('rulesVersion')
    const rules = { zone: 'UTC', quietHours: [], lease: {}, engagement: {}, target: {}, targets: [] }
    await db
      .insertInto('test_rules')
      .values({
        id: rulesVersion,
        engagement_id: engagementId,
        number: 1_000_000 + Math.floor(Math.random() * 1_000_000),
        state: 'refused',
        sealed_rules: sealing.seal(
          { table: 'test_rules', column: 'sealed_rules', row: rulesVersion },
          JSON.stringify({ ...rules, forbiddenMethods: [], forbiddenPayloads: [], responses: {} }),
        ),
        digest: 'a'.repeat(64),
        sealed_reason: sealing.seal({ table: 'test_rules', column: 'sealed_reason', row: rulesVersion }, 'x'),
        approvals: [],
        proposed_by: me.personId,
        proposed_role: 'demand',
        proposed_at: now,
        in_force_at: null,
      })
      .execute()
    const alert = newId('alert')
    await db
      .insertInto('alerts')
      .values({
        id: alert,
        engagement_id: engagementId,
        lease_id: await own('leases'),
        person_id: me.personId,
        org_id: me.orgId,
        kind: 'flood',
        host: 'shop.practice.test',
        severity: 'high',
        response: 'alarm',
        state: 'settled',
        exchanges: 1,
        most: 1,
        first_at: now,
        last_at: now,
        raised_at: now,
        handled_by: null,
        handled_at: null,
        outcome: 'permitted',
        sealed_reason: null,
      })
      .execute()
    const alertReceiver = newId('alertReceiver')
    await db
      .insertInto('alert_receivers')
      .values({
        id: alertReceiver,
        engagement_id: engagementId,
        name: 'SIEM',
        channel: 'syslog_udp',
        address: '192.0.2.1:514',
        form: 'ocsf',
        authority: null,
        sealed_secret: null,
        added_by: me.personId,
        added_at: now,
        removed_by: null,
        removed_at: null,
        last_sent_at: null,
        last_failure_at: null,
        last_failure: null,
      })
      .execute()
    const attachment = await keptAttachment(stage, work, sealing, { engagementId, findingId: finding, ...me })
    const correction = newId('correction')
    await db
      .insertInto('correction_requests')
      .values({
        id: correction,
        person_id: me.personId,
        org_id: me.orgId,
        decider_org_id: me.orgId,
        field: 'name',
        sealed_value: sealCorrection(stage, 'sealed_value', correction, JSON.stringify({ field: 'name', value: 'x' })),
        sealed_reason: sealCorrection(stage, 'sealed_reason', correction, 'x'),
        value_digest: null,
        same_browser: [],
        state: 'withdrawn',
        asked_at: now,
        due_at: new Date(now.getTime() + 86_400_000),
        decided_by: null,
        decided_at: now,
        sealed_answer: null,
      })
      .execute()
    const invitation = newId('invitation')
    await db
      .insertInto('invitations')
      .values({
        id: invitation,
        org_id: me.orgId,
        name: '新人',
        posts: ['member'],
        token_digest: invitation,
        created_by: me.personId,
        created_at: now,
        expires_at: new Date(now.getTime() + 86_400_000),
        accepted_at: null,
        ended_at: null,
      })
      .execute()
    const group = newId('group')
    await db
      .insertInto('groups')
      .values({ id: group, org_id: me.orgId, name: `小组 ${group}`, created_at: now })
      .execute()
    return {
      group,
      invitation,
      correction,
      approval,
      breakGlass,
      alert,
      attachment,
      alertReceiver,
      rulesVersion,
      targetCertificate,
      witness,
      witnessRule,
      timeStamp,
      hold,
      segment,
      engagement: engagementId,
      person: me.personId,
      organisation: me.orgId,
      scopeVersion: await first('scope_versions'),
      proof: await first('ownership_proofs'),
      letter: await first('letters'),
      signature: await first('engagement_records'),
      enrollment: await own('enrollments'),
      lease: await own('leases'),
      exchange: await own('exchanges'),
      finding,
      reward,
      ...(await accountIdsOf(stage, db, newId, now, me)),
      report,
      event: event.id,
      pack,
    }
  })
}

/** What opens one account, and a request about its second factor. */
async function accountIdsOf(
  stage: Stage,
  db: Work['db'],
  newId: Work['newId'],
  now: Date,
  me: { personId: string; orgId: string },
) {
  const own = { person_id: me.personId, org_id: me.orgId }
  const login = await db
    .selectFrom('logins')
    .select('id')
    .where('person_id', '=', me.personId)
    .executeTakeFirstOrThrow()
  const [passkey, accessToken, factorRelease] = [newId('passkey'), newId('accessToken'), newId('factorRelease')]
  const [unused, lasting] = [{ last_used_at: null, ended_at: null }, new Date(now.getTime() + 1e9)]
  const key = { credential_id: passkey, public_key: Buffer.from('x'), counter: 0, transports: [], synced: false }
  await db
    .insertInto('passkeys')
    .values({ id: passkey, ...own, ...key, ...unused, name: '钥匙', created_at: now })
    .execute()
  const token = { name: '脚本', token_digest: accessToken, hint: 'zhp_', scopes: ['findings:read'] }
  await db
    .insertInto('access_tokens')
    .values({ id: accessToken, ...own, ...token, ...unused, created_at: now, expires_at: lasting })
    .execute()
  const reason = sealReason({ deps: stage.deps } as never, factorRelease, '手机遗失')
  const release = { reason, asked_by: me.personId, asked_at: now, state: 'asked' }
  await db
    .insertInto('factor_releases')
    .values({ id: factorRelease, ...own, ...release, decided_by: null, decided_at: null })
    .execute()
  const oidcIdentity = newId('oidcIdentity')
  const link = { issuer: 'https://id.example', subject: me.personId, email: null, created_by: me.personId }
  await db
    .insertInto('oidc_identities')
    .values({ id: oidcIdentity, ...own, ...link, created_at: now, linked_at: now })
    .execute()
  const notice = newId('notice')
  await db
    .insertInto('notices')
    .values({
      id: notice,
      ...own,
      kind: 'account_security',
      engagement_id: null,
      finding_id: null,
      about: notice,
      facts: JSON.stringify({ what: 'new_device' }),
      at: now,
      read_at: null,
    })
    .execute()
  return { login: login.id, passkey, accessToken, factorRelease, oidcIdentity, notice }
}
