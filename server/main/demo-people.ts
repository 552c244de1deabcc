import { randomInt } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Post, type Role, posts as all } from '@zhongheng/domain/access/actor.ts'
import { makeOrganisation, makePerson } from '../features/people/accounts.ts'
import { hashPassword } from '../sign-in/passwords.ts'
import { readSetup } from '../features/people/setup.ts'
import type { Deps } from '../work/deps.ts'
import { inSystemWork } from '../work/work.ts'

type Cast = {
  readonly role: Role
  readonly org: string
  readonly people: readonly { readonly login: string; readonly name: string; readonly posts: readonly Post[] }[]
}

/** The demo's organisations and people. Names are invented; logins say the role. */
const cast: readonly Cast[] = [
  {
    role: 'organizer',
    org: '众衡安全运营中心',
    people: [
      { login: 'organizer', name: '周衡', posts: all },
      { login: 'organizer2', name: '吴秤', posts: ['member'] },
    ],
  },
  { role: 'demand', org: '云帆商城', people: [{ login: 'demand', name: '林帆', posts: all }] },
  { role: 'tester', org: '陈默工作室', people: [{ login: 'tester', name: '陈默', posts: all }] },
  { role: 'tester', org: '白鹭安全团队', people: [{ login: 'tester2', name: '何鹭', posts: all }] },
  { role: 'auditor', org: '信衡审计事务所', people: [{ login: 'auditor', name: '方审', posts: all }] },
]

/**
 * Makes the demo's people in an empty installation, with passwords generated here and now, and leaves them in
 * `first-logins.json` (readable by this account alone) for whoever started the demo.
 */
export async function makeDemoPeople(deps: Deps): Promise<void> {
  if (!(await inSystemWork(deps, readSetup))) return
  const logins: { role: string; login: string; password: string; name: string; organisation: string }[] = []
  await inSystemWork(deps, async (work) => {
    for (const { role, org, people } of cast) {
      const { orgId } = await makeOrganisation(work, org, role, 'CN')
      for (const person of people) {
        const password = newPassword()
        const personId = await makePerson(work, {
          orgId,
          orgKind: role,
          name: person.name,
          posts: person.posts,
          login: person.login,
          passwordHash: await hashPassword(password),
        })
        work.record({
          kind: 'member.joined',
          engagementId: null,
          subject: personId,
          role: 'system',
          audience: 'house',
          facts: { demo: true },
        })
        logins.push({ role, login: person.login, password, name: person.name, organisation: org })
      }
    }
    // Written inside the transaction: people whose passwords nobody could know must not be committed.
    await writeFile(join(deps.settings.dataFolder, 'first-logins.json'), `${JSON.stringify(logins, null, 2)}\n`, {
      mode: 0o600,
    })
  })
}

/** Four groups of four, easy to type, about 79 bits; with a capital, a digit and a sign as the password rule asks. */
function newPassword(): string {
  const letters = 'abcdefghjkmnpqrstuvwxyz23456789'
  const group = () => Array.from({ length: 4 }, () => letters.charAt(randomInt(letters.length))).join('')
  return `Zh${randomInt(10)}-${group()}-${group()}-${group()}-${group()}`
}
