import { type AccountMarks, sharedMark } from '@zhongheng/domain/access/two-persons.ts'
import { deviceLife } from '../../sign-in/throttle.ts'
import { type Work, sha256 } from '../../work/work.ts'

/**
 * What the platform knows by which two accounts may be one human's. Read as the system: devices and accounts at providers are
 * nobody's to see, and only whether they agree is told. One identity document is on one account by SOD-1 already.
 * @param browsers for an account, the accounts known to the browser it was used in
 */
export async function accountMarks(
  work: Work,
  personIds: readonly string[],
  browsers: { readonly [personId: string]: readonly string[] } = {},
): Promise<Map<string, AccountMarks>> {
  if (personIds.length === 0) return new Map()
  const [people, outside] = await work.asSystem(async (db) => [
    await db
      .selectFrom('persons')
      .select(['id', 'name'])
      .where('id', 'in', [...personIds])
      .execute(),
    await db
      .selectFrom('oidc_identities')
      .select(['person_id', 'issuer', 'subject', 'email'])
      .where('person_id', 'in', [...personIds])
      .execute(),
  ])
  return new Map(
    people.map(({ id, name }) => [
      id,
      {
        personId: id,
        name,
        outside: outside
          .filter((one) => one.person_id === id)
          .flatMap(({ issuer, subject, email }) => [
            ...(subject === null ? [] : [`${issuer} subject ${subject}`]),
            ...(email === null ? [] : [`${issuer} mail ${email}`]),
          ]),
        sameBrowser: browsers[id] ?? [],
      },
    ]),
  )
}

/** Accounts that were signed in before, in the browser that sends these device tokens. */
export async function accountsOfBrowser(work: Work, devices: readonly string[]): Promise<string[]> {
  if (devices.length === 0) return []
  const rows = await work.asSystem((db) =>
    db
      .selectFrom('devices')
      .select('person_id')
      .distinct()
      .where('token_digest', 'in', devices.map(sha256))
      .where('last_at', '>', new Date(work.now.getTime() - deviceLife))
      .execute(),
  )
  return rows.map((row) => row.person_id)
}

/** How many of these accounts could be one another's second person: accounts of one human count once. */
export function distinctHumans(marks: readonly AccountMarks[]): number {
  const humans: AccountMarks[] = []
  for (const one of marks) if (!humans.some((other) => sharedMark(one, other) !== null)) humans.push(one)
  return humans.length
}
