import 'reflect-metadata'
import * as x509 from '@peculiar/x509'
import { days } from '@zhongheng/domain/shared/clock.ts'
import { type DataKeys, openText, seal } from '../../sealing/seal.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from './reads.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const place = (engagementId: string) => ({ table: 'engagements', column: 'sealed_ca_key', row: engagementId })

/**
 * Makes the engagement's own CA, valid for its window and a month: testers trust it in their tools, nobody else does.
 * Its key is sealed here and lives in the gateway's memory while the engagement runs.
 */
export async function makeAuthority(work: Work, engagement: EngagementHandle): Promise<void> {
  const { row } = engagement
  if (row.ca_certificate) return
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: Buffer.from(crypto.getRandomValues(new Uint8Array(16)))
      .toString('hex')
      .replace(/^[89a-f]/, '1'),
    name: `CN=Zhongheng ${row.number}, O=Zhongheng test gateway`,
    notBefore: new Date(work.now.getTime() - days(1)),
    notAfter: new Date((row.window_closes ?? work.now).getTime() + days(31)),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
  const pem = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
  await work.db
    .updateTable('engagements')
    .set({
      ca_certificate: `${certificate.toString('pem')}\n`,
      sealed_ca_key: seal(engagement.sealing.keys, place(row.id), pem),
    })
    .where('id', '=', row.id)
    .execute()
}

/** PEM of the CA's private key; only the policy job asks. */
export const openAuthorityKey = (row: { id: string; sealed_ca_key: Buffer }, keys: DataKeys): string =>
  openText(keys, place(row.id), row.sealed_ca_key)
