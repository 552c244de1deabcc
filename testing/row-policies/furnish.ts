import { randomBytes } from 'node:crypto'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import type pg from 'pg'
import { type Cast, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import type { Stage } from '../scenes/stage.ts'

type Row = Record<string, unknown>

/**
 * A row in every table for one cast; what the API does not make in testing is put in by hand.
 * @returns the id of the cast's engagement
 */
export async function furnish(stage: Stage, client: pg.Client, cast: Cast, mark: string): Promise<string> {
  const rowsOf = async (text: string, values: unknown[] = []): Promise<Row[]> =>
    (await client.query<Row>(text, values)).rows
  const engagementId = await inTesting(stage, cast, `众测 ${mark}`)
  const findingId = await submittedFinding(stage, engagementId, cast.tester)
  const params = { engagementId, findingId }
  await cast.organizer.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    params,
    body: { move: 'take_up', version: 1 },
  })
  await cast.tester.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
    params,
    body: { audience: 'everyone', body: '补充说明' },
  })
  const me = await cast.tester.call('GET /api/me', {})
  const id = (kind: 'reward' | 'report' | 'segment') => makeId(kind, new Date(), randomBytes(10))
  await client.query(`insert into rewards values ($1, $2, $3, $4, $5, 1, 'refused', '', 'x', now())`, [
    id('reward'),
    findingId,
    engagementId,
    me.orgId,
    me.personId,
  ])
  await client.query(
    `insert into target_certificates values ($1, $2, 'shop.practice.test', 'x', 'x', 'x', now(), 'x', $3, now())`,
    [makeId('targetCertificate', new Date(), randomBytes(10)), engagementId, me.personId],
  )
  for (const person of [cast.demand, cast.organizer]) {
    const { orgId, personId } = await person.call('GET /api/me', {})
    await client.query('insert into finding_assignees values ($1, $2, $3, $4, $4, now())', [
      findingId,
      orgId,
      engagementId,
      personId,
    ])
  }
  const attachment = makeId('attachment', new Date(), randomBytes(10))
  await client.query(
    `insert into attachments (id, engagement_id, finding_id, org_id, person_id, state, size, sealed_facts, made_at, attached_at)
     values ($1, $2, $3, $4, $5, 'kept', 1, 'x', now(), now())`,
    [attachment, engagementId, findingId, me.orgId, me.personId],
  )
  await client.query(
    `insert into attachment_links (token_digest, attachment_id, person_id, made_at, expires_at) values ($1, $2, $3, now(), now())`,
    [attachment, attachment, me.personId],
  )
  const alert = makeId('alert', new Date(), randomBytes(10))
  await client.query(
    `insert into alerts
     select $1, engagement_id, id, person_id, org_id, 'flood', 'x', 'high', 'alarm', 'open', 1, 1, now(), now(), now()
     from leases where engagement_id = $2 limit 1`,
    [alert, engagementId],
  )
  await client.query(
    `insert into alert_hits select id, 'x', 1, engagement_id, org_id, 'request', 1, 0, 'x' from alerts where id = $1`,
    [alert],
  )
  const receiver = makeId('alertReceiver', new Date(), randomBytes(10))
  await client.query(
    `insert into alert_receivers values ($1, $2, 'x', 'syslog_udp', '192.0.2.1:514', 'ocsf', null, null, $3, now())`,
    [receiver, engagementId, me.personId],
  )
  await client.query(`insert into alert_deliveries values ($1, $2, $3, 'test', 'none', now(), '{}', 'sent', 1, null)`, [
    makeId('alertDelivery', new Date(), randomBytes(10)),
    receiver,
    engagementId,
  ])
  for (const state of ['proposed', 'in_force'])
    await client.query(
      `insert into test_rules values ($1, $2, $3, $4, 'x', 'x', 'x', '{}', $5, 'demand', now(), null)
       on conflict do nothing`,
      [
        makeId('rulesVersion', new Date(), randomBytes(10)),
        engagementId,
        state === 'proposed' ? 1 : 2,
        state,
        me.personId,
      ],
    )
  for (const kind of ['test', 'audit'])
    await client.query(
      `insert into reports (id, engagement_id, kind, locale, state, revision, sealed_sections, created_at)
       values ($1, $2, $3, 'zh-CN', 'draft', 1, 'x', now())`,
      [id('report'), engagementId, kind],
    )
  await client.query(
    `insert into segments (id, engagement_id, exchanges, first_sequence, last_sequence, bytes, sha256, root, sealed_at)
     values ($1, $2, 1, 1, 1, 1, 'x', 'x', now())`,
    [id('segment'), engagementId],
  )
  await client.query(
    `insert into exchange_words select sequence, engagement_id, person_id, org_id, '{1}', true from exchanges on conflict do nothing`,
  )
  for (const person of [cast.demand, cast.auditor]) {
    const asker = await person.call('GET /api/me', {})
    await client.query(
      `insert into packs (id, engagement_id, org_id, person_id, kind, redaction, state, asked_at)
       values ($1, $2, $3, $4, 'engagement', 'secrets', 'cancelled', now())`,
      [makeId('pack', new Date(), randomBytes(10)), engagementId, asker.orgId, asker.personId],
    )
  }
  await client.query(
    `insert into time_stamps (id, size, root, note, request, state, reason, asked_at)
     values ('x', 1, 'x', 'x', 'x', 'asked', 'manual', now()) on conflict do nothing`,
  )
  for (const org of [cast.orgIds.demand, cast.orgIds.auditor]) {
    const witness = makeId('witness', new Date(), randomBytes(10))
    const rule = makeId('witnessRule', new Date(), randomBytes(10))
    const [by] = await rowsOf('select id from persons where org_id = $1 limit 1', [org])
    await client.query(
      `insert into witnesses (id, org_id, name, verifier_key, public_key, registered_by, registered_at)
       values ($1, $2, $1, 'x', $1, $3, now())`,
      [witness, org, by?.['id']],
    )
    await client.query(`insert into checkpoints values (1, 'x', 'x', now()) on conflict do nothing`)
    await client.query(`insert into cosignatures values (1, $1, $2, 'x', now(), now())`, [witness, org])
    await client.query(`insert into witness_rules values ($1, $2, 0, '{}', 'refused', '{}', $3, now(), null)`, [
      rule,
      engagementId,
      by?.['id'],
    ])
  }
  const [lin] = await rowsOf('select id from persons where org_id = $1 limit 1', [cast.orgIds.auditor])
  await client.query(
    `insert into legal_holds (id, org_id, engagement_id, sealed_words, placed_by, placed_at)
     values ($1, $2, $3, 'x', $4, now())`,
    [makeId('hold', new Date(), randomBytes(10)), cast.orgIds.auditor, engagementId, lin?.['id']],
  )
  for (const person of [cast.demand, cast.tester, cast.auditor]) {
    const { orgId, personId } = await person.call('GET /api/me', {})
    await client.query(
      `insert into approvals (id, org_id, engagement_id, kind, digest, sealed_words, asked_by, asked_at, expires_at)
       values ($1, $2, $3, 'pack', $4, 'x', $5, now(), now() + interval '1 hour')`,
      [makeId('approval', new Date(), randomBytes(10)), orgId, engagementId, 'a'.repeat(64), personId],
    )
    await client.query(
      `insert into break_glass (id, engagement_id, org_id, person_id, approval_id, approved_by, sealed_purpose, opened_at, ends_at)
       select $1, a.engagement_id, a.org_id, a.asked_by, a.id, (select min(id) from persons where id <> a.asked_by), 'x', now(),
         now() + interval '1 hour' from approvals a where a.asked_by = $2 limit 1`,
      [makeId('breakGlass', new Date(), randomBytes(10)), personId],
    )
    const group = makeId('group', new Date(), randomBytes(10))
    await client.query(`insert into groups (id, org_id, name, created_at) values ($1, $2, '小组', now())`, [
      group,
      orgId,
    ])
    await client.query(`insert into group_members values ($1, $2, $3)`, [group, orgId, personId])
    await client.query(`insert into work_teams (engagement_id, org_id, changed_at) values ($1, $2, now())`, [
      engagementId,
      orgId,
    ])
    await client.query(`insert into engagement_grants values ($1, $2, null, $3, null, $3, now())`, [
      engagementId,
      orgId,
      personId,
    ])
    for (const table of ['two_person_rules', 'separation_rules'])
      await client.query(`insert into ${table} (org_id, changed_at) values ($1, now())`, [orgId])
  }
  const auditor = await cast.auditor.call('GET /api/me', {})
  await client.query(
    `insert into reading_purposes (id, engagement_id, org_id, person_id, sealed_purpose, at, until)
     values ($1, $2, $3, $4, 'x', now(), now())`,
    [makeId('readingPurpose', new Date(), randomBytes(10)), engagementId, auditor.orgId, auditor.personId],
  )
  const { orgId: runner, personId: placer } = await cast.organizer.call('GET /api/me', {})
  const decoy = makeId('finding', new Date(), randomBytes(10))
  await client.query(
    `insert into decoys (id, engagement_id, org_id, number, person_id, severity, cwe, sealed_title, sealed_asset, sealed_body, sealed_note,
       tokens, counts, exchange_ids, scope_version_id, submitted_at, settles_at, placed_by, event_id)
     select $1, $2, $3, $1, $4, 'high', 'CWE-89', 'x', 'x', 'x', 'x', '{}', '{}', '{}', id, now(), now(), $5, 'x'
     from scope_versions where engagement_id = $2 limit 1`,
    [decoy, engagementId, runner, me.personId, placer],
  )
  await client.query(`insert into decoy_openings values ($1, $2, $3, $4, $5, 'opened', now())`, [
    makeId('event', new Date(), randomBytes(10)),
    decoy,
    engagementId,
    placer,
    runner,
  ])
  // Past the triggers, which rightly refuse one so early.
  await client.query(`set session_replication_role = replica`)
  await client.query(
    `insert into disposals (id, engagement_id, what, sealed_words, ordered_by, ordered_at)
     values ($1, $2, 'traffic', 'x', $3, now())`,
    [makeId('disposal', new Date(), randomBytes(10)), engagementId, lin?.['id']],
  )
  await client.query(`set session_replication_role = origin`)
  for (const person of [cast.demand, cast.tester, cast.auditor]) {
    await furnishAccount(client, await person.call('GET /api/me', {}), mark)
    await person.call('POST /api/invitations', { body: { name: '新人', posts: ['member'] } })
    const { personId } = await person.call('GET /api/me', {})
    await client.query(`insert into idempotency values ($1, 'POST /x', $2, 'x', 200, 'null', now())`, [personId, mark])
  }
  return engagementId
}

/** What belongs to one account, and to one house's way of signing in. */
async function furnishAccount(
  client: pg.Client,
  { personId, orgId }: { personId: string; orgId: string },
  mark: string,
): Promise<void> {
  const id = (kind: Parameters<typeof makeId>[0]) => makeId(kind, new Date(), randomBytes(10))
  const now = new Date()
  const put = (table: string, row: Row) => {
    const columns = Object.keys(row)
    return client.query(
      `insert into ${table} (${columns.join()}) values (${columns.map((_, at) => `$${at + 1}`).join()}) on conflict do nothing`,
      Object.values(row),
    )
  }
  const own = { person_id: personId, org_id: orgId }
  await put('one_time_code_secrets', { id: id('codeSecret'), ...own, sealed_secret: 'x', created_at: now })
  await put('recovery_codes', { person_id: personId, code_digest: mark, made_at: now })
  const passkey = { credential_id: id('passkey'), public_key: 'x', counter: 0, name: '钥匙', created_at: now }
  await put('passkeys', { id: id('passkey'), ...own, ...passkey })
  await put('spent_ceremonies', { digest: personId, expires_at: now })
  const token = { name: '脚本', token_digest: id('accessToken'), hint: 'zhp_', scopes: ['findings:read'] }
  await put('access_tokens', { id: id('accessToken'), ...own, ...token, created_at: now, expires_at: now })
  await put('password_resets', { id: id('passwordReset'), ...own, asked_at: now })
  const release = { reason: '手机遗失', asked_by: personId, asked_at: now, state: 'asked' }
  await put('factor_releases', { id: id('factorRelease'), ...own, ...release })
  await put('sign_in_rules', { org_id: orgId })
  const issuer = 'https://id.example'
  const provider = { label: '单点登录', issuer, client_id: 'zh', sealed_client_secret: 'x', changed_at: now }
  await put('oidc_providers', { org_id: orgId, ...provider })
  const identity = { issuer, subject: personId, created_by: personId, created_at: now }
  await put('oidc_identities', { id: id('oidcIdentity'), ...own, ...identity })
  const sealed = { sealed_address: 'x', address_digest: mark, given_at: now }
  await put('mail_addresses', { ...own, ...sealed })
  await put('mail_choices', { person_id: personId, kind: 'findings' })
  await put('mail_queue', { id: id('mail'), ...own, purpose: 'notices', state: 'waiting', at: now, next_try_at: now })
  const closing = { closed_at: now, logins_until: new Date(now.getTime() + 1000) }
  await put('account_closures', { ...own, ...closing })
  const version = 'a'.repeat(64)
  await put('privacy_notices', { version, content: '[]', since: now })
  const read = { answer: 'acknowledged', version, part_digest: version, language: 'zh-CN', at: now }
  await put('privacy_answers', { id: id('privacyAnswer'), ...own, ...read })
  const asked = { decider_org_id: orgId, field: 'name', sealed_value: 'x', sealed_reason: 'x', state: 'asked' }
  const until = new Date(now.getTime() + 1000)
  await put('correction_requests', { id: id('correction'), ...own, ...asked, asked_at: now, due_at: until })
  await put('security_notices', { id: id('securityNotice'), ...own, kind: 'new_device', at: now })
}
