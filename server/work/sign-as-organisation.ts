import { createPrivateKey } from 'node:crypto'
import { fingerprintOf, signText } from '../sealing/keys.ts'
import { openText } from '../sealing/seal.ts'
import type { Work } from './work.ts'

/** Signs hex text with the organisation's own key, which only the system role can open. */
export async function signAsOrganisation(
  work: Work,
  text: string,
): Promise<{ signature: string; fingerprint: string; publicPem: string }> {
  const org = await work.asSystem((db) =>
    db
      .selectFrom('organisations')
      .select(['id', 'public_key', 'sealed_private_key'])
      .where('id', '=', work.actor.orgId)
      .executeTakeFirstOrThrow(),
  )
  const pem = openText(
    work.deps.keys.house('organisation-keys'),
    { table: 'organisations', column: 'sealed_private_key', row: org.id },
    org.sealed_private_key,
  )
  return {
    signature: signText(createPrivateKey(pem), text),
    fingerprint: fingerprintOf(org.public_key),
    publicPem: org.public_key,
  }
}
