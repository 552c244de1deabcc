import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Person, readNotice } from './person.ts'

export type Company = {
  readonly demand: Person
  readonly organizer: Person
  readonly organizer2: Person
  readonly tester: Person
  readonly tester2: Person
  readonly auditor: Person
}

/** Signs in everybody of the demo with the passwords that the server left for us. */
export async function signInAll(base: string, dataFolder: string): Promise<Company> {
  const logins = JSON.parse(await readFile(join(dataFolder, 'first-logins.json'), 'utf8')) as {
    login: string
    password: string
  }[]
  const people = new Map<string, Person>()
  for (const { login, password } of logins) {
    const person = await Person.signIn(base, login, password)
    await readNotice(person)
    people.set(login, person)
  }
  const of = (login: string): Person => {
    const person = people.get(login)
    if (!person) throw new Error(`first-logins.json has no “${login}”`)
    return person
  }
  return {
    demand: of('demand'),
    organizer: of('organizer'),
    organizer2: of('organizer2'),
    tester: of('tester'),
    tester2: of('tester2'),
    auditor: of('auditor'),
  }
}
