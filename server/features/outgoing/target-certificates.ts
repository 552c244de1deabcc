import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { ClientCertificate } from '@zhongheng/contracts/records/policy.ts'
import { hostInScope } from '@zhongheng/domain/authorizations/scope/match.ts'
import { readHost } from '@zhongheng/domain/authorizations/target.ts'
import { Problem, type Text, badField, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { announcePolicy } from '../../work/notices.ts'
import type { Db, Work } from '../../work/work.ts'
import { type EngagementHandle, type EngagementSealing, readScope, ofEngagementRef } from '../engagements/reads.ts'

type Row = Selectable<Database['target_certificates']>
const place = (id: string) => ({ table: 'target_certificates', column: 'sealed_key', row: id })
const mostCertificates = 50

export const certificateRef = ofEngagementRef('target_certificates', 'client certificate')

/**
 * The demand side gives the certificate by which one of its hosts knows the testers. The key is sealed before anything else
 * and goes to the gateway's memory only. Giving another for the same host replaces it.
 * @throws Problem malformed, refused CERT-1 (host not in scope), CERT-2 (key does not fit), CERT-3 (too many)
 */
export async function giveCertificate(
  work: Work,
  engagement: EngagementHandle,
  given: { host: string; certificate: string; key: string },
): Promise<void> {
  const host = readHost(given.host)
  if (!host.ok) throw badField('body.host', host.text, say('写出主机名或 IP 地址', 'write a host name or an address'))
  const scope = await readScope(work.db, engagement.row, engagement.sealing)
  if (scope === null || !hostInScope(scope.compiled, host.host, host.address))
    throw refused('CERT-1', 'body.host', say('该主机不在测试范围内', 'this host is not in the scope'))
  const pair = readPair(given)
  const others = await work.db
    .selectFrom('target_certificates')
    .select((eb) => eb.fn.countAll<string>().as('count'))
    .where('engagement_id', '=', engagement.id)
    .where('host', '<>', host.host)
    .executeTakeFirst()
  if (Number(others?.count ?? 0) >= mostCertificates)
    throw refused(
      'CERT-3',
      'body.host',
      say(`最多 ${mostCertificates} 份证书`, `at most ${mostCertificates} certificates`),
    )
  const former = await work.db
    .deleteFrom('target_certificates')
    .where('engagement_id', '=', engagement.id)
    .where('host', '=', host.host)
    .returning('id')
    .execute()
  const id = work.newId('targetCertificate')
  const fingerprint = pair.certificate.fingerprint256.replaceAll(':', '').toLowerCase()
  await work.db
    .insertInto('target_certificates')
    .values({
      id,
      engagement_id: engagement.id,
      host: host.host,
      certificate: pair.chain,
      fingerprint,
      subject: pair.certificate.subject.replaceAll('\n', ', ').slice(0, 500),
      expires_at: pair.certificate.validToDate,
      sealed_key: engagement.sealing.seal(place(id), pair.key),
      given_by: work.actor.personId,
      given_at: work.now,
    })
    .execute()
  work.record({
    kind: former.length > 0 ? 'outgoing.certificate_replaced' : 'outgoing.certificate_given',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { hostDigest: engagement.sealing.commit(host.host), fingerprint },
  })
  await announcePolicy(work)
}

export async function takeCertificate(work: Work, engagement: EngagementHandle, row: Row): Promise<void> {
  await work.db.deleteFrom('target_certificates').where('id', '=', row.id).execute()
  work.record({
    kind: 'outgoing.certificate_taken',
    engagementId: engagement.id,
    subject: row.id,
    role: engagement.role,
    audience: 'parties',
    facts: { hostDigest: engagement.sealing.commit(row.host), fingerprint: row.fingerprint },
  })
  await announcePolicy(work)
}

/** With their keys opened; only the policy job asks. */
export async function openCertificates(
  db: Db,
  engagementId: string,
  sealing: EngagementSealing,
): Promise<ClientCertificate[]> {
  const rows = await db
    .selectFrom('target_certificates')
    .selectAll()
    .where('engagement_id', '=', engagementId)
    .orderBy('host')
    .execute()
  return rows.map((row) => ({
    host: row.host,
    certificate: row.certificate,
    key: sealing.open(place(row.id), row.sealed_key),
  }))
}

function readPair(given: { certificate: string; key: string }): {
  certificate: X509Certificate
  chain: string
  key: string
} {
  const pems = given.certificate.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g) ?? []
  const [certificate, ...chain] = pems.flatMap((pem) => parsed(() => new X509Certificate(pem)))
  if (certificate === undefined || chain.length !== pems.length - 1)
    throw badField(
      'body.certificate',
      say('须为 PEM 格式的证书', 'must be certificates in PEM'),
      say(
        '以 -----BEGIN CERTIFICATE----- 开头；先证书，后证书链',
        'begins with -----BEGIN CERTIFICATE-----; the certificate, then its chain',
      ),
    )
  const [key] = parsed(() => createPrivateKey(given.key))
  if (key === undefined)
    throw badField(
      'body.key',
      say('须为未加密的 PEM 私钥', 'must be a private key in PEM, not encrypted'),
      say(
        '先用 openssl pkey 去除口令；不会再次显示',
        'take the passphrase off with openssl pkey first; it is never shown again',
      ),
    )
  if (!certificate.checkPrivateKey(key))
    throw refused('CERT-2', 'body.key', say('私钥与证书不符', 'the key does not fit the certificate'))
  return {
    certificate,
    chain: `${[certificate, ...chain].map((one) => one.toString().trimEnd()).join('\n')}\n`,
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}

const parsed = <T>(read: () => T): T[] => {
  try {
    return [read()]
  } catch {
    return []
  }
}

const refused = (rule: string, field: string, text: Text): Problem =>
  new Problem('refused', text, {
    rule,
    fields: [{ field, limit: text, fix: say('请更正后重试', 'mend it and try again') }],
  })
