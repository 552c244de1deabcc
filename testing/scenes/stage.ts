import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPracticeTarget } from '@zhongheng/practice-target/start.ts'
import { defaultBudgets } from '@zhongheng/domain/audit/reading-budget.ts'
import { type Post, type Role, posts } from '@zhongheng/domain/access/actor.ts'
import type { Clock } from '@zhongheng/domain/shared/clock.ts'
import { openDatabase, migrate } from '@zhongheng/server/database/open.ts'
import { features } from '@zhongheng/server/features/all.ts'
import { makeOrganisation, makePerson } from '@zhongheng/server/features/people/accounts.ts'
import { hashPassword } from '@zhongheng/server/sign-in/passwords.ts'
import { buildApp } from '@zhongheng/server/http/app.ts'
import { recordRestore } from '@zhongheng/server/jobs/restore.ts'
import { integrateNow } from '@zhongheng/server/jobs/sequencer.ts'
import { practiceEgress } from '@zhongheng/server/main/practice.ts'
import type { Settings } from '@zhongheng/server/main/settings.ts'
import { openPress } from '@zhongheng/server/ports/document-press.ts'
import { manualIdentityCheck } from '@zhongheng/server/ports/identity.ts'
import { openLedger } from '@zhongheng/server/ports/ledger-log.ts'
import { openExaminer } from '@zhongheng/server/ports/examiner.ts'
import { openMail } from '@zhongheng/server/ports/mail.ts'
import { openOwnershipVerifier } from '@zhongheng/server/ports/ownership.ts'
import { openKeys } from '@zhongheng/server/sealing/keys.ts'
import { openLedgerKeysIn } from '@zhongheng/server/signing/ledger-keys.ts'
import { Condition } from '@zhongheng/server/work/condition.ts'
import type { Deps } from '@zhongheng/server/work/deps.ts'
import { inSystemWork } from '@zhongheng/server/work/work.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { type FreshDatabase, freshDatabase } from '../postgres/fresh-database.ts'
import { standInGateway, standInRecorder } from './stand-ins.ts'

export const password = 'Korrekt-Pferd-7-Batterie'
let hashed: Promise<string> | null = null

export type Stage = {
  readonly base: string
  readonly deps: Deps
  readonly gateway: ReturnType<typeof standInGateway>
  readonly target: { readonly host: string; readonly port: number; readonly tlsPort: number }
  readonly folder: string
  /** Makes an organisation with people (login names given) and signs each of them in. */
  house(
    kind: Role,
    name: string,
    people: readonly { login: string; posts?: readonly Post[] }[],
  ): Promise<{ orgId: string; people: { [login: string]: Person & { personId: string } } }>
  /** Enters what was committed into the ledger, as the sequencer does a moment later. */
  integrate(): Promise<void>
  close(): Promise<void>
}

/**
 * The server on a real PostgreSQL, a real ledger and the real document press, listening on loopback; gateway and recorder
 * are stand-ins. Tests whose subject is the wire start the real ones. It serves no pages unless `settings.webFolder` says so.
 * `database` is a migrated one to use instead of the tests'.
 */
export async function openStage(
  options: { clock?: Clock; settings?: Partial<Settings>; database?: FreshDatabase } = {},
): Promise<Stage> {
  const database =
    options.database ?? (await freshDatabase({ name: 'migrated', prepare: async (url) => void (await migrate(url)) }))
  const folder = await mkdtemp(join(tmpdir(), 'zh-stage-'))
  const shop = await startPracticeTarget({ port: 0, tlsPort: 0 })
  const settings: Settings = {
    databaseUrl: database.adminUrl,
    host: '127.0.0.1',
    port: 0,
    gatewayHost: '127.0.0.1',
    gatewayPort: 7080,
    egressAddresses: ['127.0.0.2', '127.0.0.3'],
    nodes: [],
    dataFolder: folder,
    storageJurisdiction: 'CN',
    bus: null,
    runFolder: join(folder, 'run'),
    ledgerMarkFile: join(folder, 'ledger-mark'),
    publicUrl: 'http://127.0.0.1',
    filesUrl: 'http://files.localhost',
    demo: true,
    practice: { port: shop.port, tlsPort: shop.tlsPort ?? 0 },
    webFolder: join(folder, 'no-web'),
    egressAllow: [],
    mail: null,
    timeStamps: { authorities: [], caFile: undefined, everyMinutes: 60 },
    ledgerKeys: { sm2: false, passphraseFile: undefined, pinFile: undefined, tokenEnvironment: {} },
    sealing: { suite: 'aes-256-gcm', passphraseFile: undefined, pinFile: undefined, tokenEnvironment: {} },
    trustedProxies: [],
    secondFactor: 'optional',
    loginIdleMinutes: 120,
    loginAbsoluteMinutes: 720,
    passwordDays: 90,
    readingBudgets: defaultBudgets,
    ...options.settings,
  }
  const keys = await openKeys(join(folder, 'keys'), { suite: settings.sealing.suite })
  const egress = practiceEgress(settings)
  const gateway = standInGateway()
  const open = openDatabase(database.adminUrl, 8)
  const ledgerKeys = await openLedgerKeysIn(join(folder, 'keys'), open, settings.ledgerKeys, keys.installation)
  const deps: Deps = {
    settings,
    keys,
    gateway,
    recorder: standInRecorder(),
    database: open,
    ledger: await openLedger(join(folder, 'ledger'), ledgerKeys, () => new Date()),
    documents: openPress(),
    examiner: openExaminer(),
    egress,
    ownership: openOwnershipVerifier(egress),
    identity: manualIdentityCheck,
    mail: openMail(settings, egress),
    condition: new Condition(),
    ...(options.clock ? { clock: options.clock } : {}),
  }
  const app = await buildApp(deps, features(deps))
  await app.listen({ host: '127.0.0.1', port: settings.port })
  const base = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  return {
    base,
    deps,
    gateway,
    folder,
    target: { host: 'shop.practice.test', port: shop.port, tlsPort: shop.tlsPort ?? 0 },
    async house(kind, name, people) {
      hashed ??= hashPassword(password)
      const passwordHash = await hashed
      const made = await inSystemWork(deps, async (work) => {
        const { orgId } = await makeOrganisation(work, name, kind, 'CN')
        const ids: { [login: string]: string } = {}
        for (const person of people)
          ids[person.login] = await makePerson(work, {
            orgId,
            orgKind: kind,
            name: person.login,
            posts: person.posts ?? posts,
            login: person.login,
            passwordHash,
          })
        return { orgId, ids }
      })
      const signedIn: { [login: string]: Person & { personId: string } } = {}
      for (const { login } of people)
        signedIn[login] = Object.assign(await Person.signIn(base, login, password), { personId: made.ids[login] ?? '' })
      return { orgId: made.orgId, people: signedIn }
    },
    integrate: async () => void (await integrateNow({ ...deps, recordRestore: recordRestore(deps) })),
    async close() {
      await app.close()
      await deps.documents.close()
      await deps.ledger.close()
      await deps.database.close()
      await shop.close()
      await database.drop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
