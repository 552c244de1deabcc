import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inSystemWork } from '../../work/work.ts'
import { makePolicy } from '../../jobs/policy.ts'
import { findProgram } from '@zhongheng/tools/demo/http-clients.ts'

/* How the gateway goes out for an engagement: the demand side gives certificates, the organizer chooses source addresses. */
let stage: Stage
let cast: Cast
let engagementId: string
const folder = mkdtempSync(join(tmpdir(), 'zh-outgoing-'))
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
})
afterAll(async () => {
  await stage.close()
  rmSync(folder, { recursive: true, force: true })
})

const openssl = findProgram('openssl') ?? 'openssl'
/** A self-signed pair as an owner would make it. */
function pair(name: string): { certificate: string; key: string } {
  const at = (end: string): string => join(folder, `${name}.${end}`)
  execFileSync(
    openssl,
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30'.split(' '),
      '-subj',
      `/CN=${name}`,
      '-keyout',
      at('key'),
      '-out',
      at('crt'),
    ],
    { stdio: 'ignore' },
  )
  return { certificate: readFileSync(at('crt'), 'utf8'), key: readFileSync(at('key'), 'utf8') }
}
const params = () => ({ engagementId })
const give = (body: { host: string; certificate: string; key: string }, by = cast.demand) =>
  by.call('PUT /api/engagements/:engagementId/target-certificates', { params: params(), body })
const refusal = async (body: { host: string; certificate: string; key: string }) => {
  const response = await cast.demand.fetch('PUT /api/engagements/:engagementId/target-certificates', {
    params: params(),
    body,
  })
  const problem = (await response.json()) as { rule?: string; fields: { field: string }[] }
  return { status: response.status, rule: problem.rule, field: problem.fields[0]?.field }
}
const pushed = () => makePolicy(stage.deps, 9)

describe('a client certificate towards a target', () => {
  it('goes to the gateway beside the policy, is sealed at rest, and its key is shown to nobody', async () => {
    const first = pair('crowd-test')
    const view = await give({ host: 'Shop.Practice.Test.', ...first })
    expect(view.certificates).toMatchObject([{ host: 'shop.practice.test', subject: 'CN=crowd-test' }])
    const { clientCertificates, signed } = await pushed()
    expect(clientCertificates?.[engagementId]).toMatchObject([{ host: 'shop.practice.test' }])
    const secret = first.key.split('\n')[1] ?? ''
    expect(clientCertificates?.[engagementId]?.[0]?.key).toContain(secret)
    expect(signed.payload).not.toContain(secret)
    const seen = await cast.auditor.call('GET /api/engagements/:engagementId/outgoing', { params: params() })
    expect(JSON.stringify(seen)).not.toContain(secret)
    const row = await inSystemWork(stage.deps, (work) =>
      work.db.selectFrom('target_certificates').selectAll().executeTakeFirst(),
    )
    expect(row?.sealed_key.toString('latin1')).not.toContain(secret)
  })

  it('is replaced by giving another for the same host, and taken away', async () => {
    const next = pair('second')
    const { certificates } = await give({ host: 'shop.practice.test', ...next })
    expect(certificates).toHaveLength(1)
    expect(certificates[0]?.fingerprint).toBe(
      new X509Certificate(next.certificate).fingerprint256.replaceAll(':', '').toLowerCase(),
    )
    const after = await cast.demand.call('DELETE /api/engagements/:engagementId/target-certificates/:certificateId', {
      params: { ...params(), certificateId: certificates[0]?.certificateId ?? '' },
    })
    expect(after.certificates).toEqual([])
    expect((await pushed()).clientCertificates).toEqual({})
    const { events } = await cast.auditor.call('GET /api/engagements/:engagementId/timeline', { params: params() })
    expect(events.map(({ kind }) => kind).filter((kind) => kind.startsWith('outgoing.'))).toEqual([
      'outgoing.certificate_taken',
      'outgoing.certificate_replaced',
      'outgoing.certificate_given',
    ])
  })

  it('is one of fifty at most', async () => {
    const { personId } = await cast.demand.call('GET /api/me', {})
    await sql`insert into target_certificates
      (id, engagement_id, host, certificate, fingerprint, subject, expires_at, sealed_key, given_by, given_at)
      select 'tcr_' || lpad(n::text, 26, '0'), ${engagementId}, 'h' || n || '.example', '', '', '', now(), '', ${personId}, now()
      from generate_series(1, 50) as n`.execute(stage.deps.database.kysely)
    expect(await refusal({ host: 'shop.practice.test', ...pair('late') })).toMatchObject({ rule: 'CERT-3' })
    await sql`delete from target_certificates where host like 'h%.example'`.execute(stage.deps.database.kysely)
  })

  it('is refused for a host outside the scope, a wrong key, and what is no certificate', async () => {
    const [one, other] = [pair('one'), pair('other')]
    expect(await refusal({ host: 'other.example', ...one })).toMatchObject({ rule: 'CERT-1', field: 'body.host' })
    expect(await refusal({ host: 'shop.practice.test', certificate: one.certificate, key: other.key })).toMatchObject({
      rule: 'CERT-2',
      field: 'body.key',
    })
    expect(await refusal({ host: '0x7f.1', ...one })).toMatchObject({ status: 422, field: 'body.host' })
    expect(await refusal({ host: 'shop.practice.test', certificate: 'x', key: one.key })).toMatchObject({
      status: 422,
      field: 'body.certificate',
    })
    expect(await refusal({ host: 'shop.practice.test', certificate: one.certificate, key: 'x' })).toMatchObject({
      status: 422,
      field: 'body.key',
    })
  })

  it('is the demand side’s alone to give', async () => {
    for (const person of [cast.organizer, cast.auditor, cast.tester]) {
      const response = await person.fetch('PUT /api/engagements/:engagementId/target-certificates', {
        params: params(),
        body: { host: 'shop.practice.test', certificate: 'x', key: 'x' },
      })
      expect(response.status).toBe(403)
    }
    const hidden = await cast.tester.fetch('GET /api/engagements/:engagementId/outgoing', { params: params() })
    expect(hidden.status).toBe(403)
  })
})

describe('source addresses and verification', () => {
  const choose = (egressAddresses: string[], by = cast.organizer) =>
    by.fetch('PUT /api/engagements/:engagementId/outgoing', {
      params: params(),
      body: { egressAddresses, verifiedTargetsOnly: true },
    })
  const policyOf = async () =>
    (JSON.parse((await pushed()).signed.payload) as Policy).engagements.find((one) => one.engagementId === engagementId)

  it('are the organizer’s to choose, of what the installation offers', async () => {
    expect((await choose(['127.0.0.3'])).status).toBe(200)
    expect(await policyOf()).toMatchObject({ egressAddresses: ['127.0.0.3'], verifiedTargetsOnly: true })
    const refused = await choose(['192.0.2.1'])
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ rule: 'EGRESS-1' })
    expect((await choose(['127.0.0.2'], cast.demand)).status).toBe(403)
    expect(await policyOf()).toMatchObject({ egressAddresses: ['127.0.0.3'] })
  })
})

describe('the gateway’s own certificate', () => {
  it('is signed by one CA of the installation, which the policy names and whose key stays here', async () => {
    const { signed, ownTls } = await pushed()
    const { gatewayAuthority } = JSON.parse(signed.payload) as Policy
    const authority = new X509Certificate(gatewayAuthority ?? '')
    const leaf = new X509Certificate(ownTls?.certificate ?? '')
    expect(leaf.verify(authority.publicKey)).toBe(true)
    expect(leaf.subjectAltName).toContain('DNS:heng.gateway')
    expect(leaf.subjectAltName).toContain('IP Address:127.0.0.1')
    expect((await pushed()).ownTls).toEqual(ownTls)
    const kept = readFileSync(join(stage.folder, 'keys', 'gateway-authority.json'), 'utf8')
    expect(kept).not.toContain('PRIVATE KEY')
  })
})
