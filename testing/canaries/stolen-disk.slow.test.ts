import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { newSigningKey, openKeys } from '@zhongheng/server/sealing/keys.ts'
import { changeKeeper } from '@zhongheng/server/sealing/change-keeper.ts'
import { firstKeyFile, keepKey, makeKey } from '@zhongheng/server/signing/key-files.ts'
import { KeyError } from '@zhongheng/server/signing/checkpoint-signer.ts'
import { secretsFrom } from '@zhongheng/server/signing/secrets.ts'
import { once, readArchive } from '@zhongheng/tools/backup/archive.ts'
import { makeBackup } from '@zhongheng/tools/backup/make.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import { type Postgres, startPostgres } from '@zhongheng/tools/postgres/start-postgres.ts'
import { environment } from '@zhongheng/tools/settings.ts'
import { signal } from '@zhongheng/tools/processes.ts'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { zipSync } from 'fflate'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeAt } from '../scenes/one-time-codes.ts'
import { hanStem, latinStem } from './marked-fetch.ts'
import { type MarkedInstallation, dumpOf, openMarkedInstallation } from './marked-installation.ts'
import { type Hit, patternsOf, searchFolders, searchStream } from './search-bytes.ts'
import {
  bytesInRows,
  columnsWith,
  copyFolders,
  filesWith,
  grepPattern,
  grepWords,
  stringsOfTwoBytes,
  unpacked,
  wholeFiles,
  withChildren,
  wordList,
} from './thief.ts'

/*
 * P8 of docs/threat-model.md, played: a thief takes everything that lies on the disks of an installation whose keys are kept as
 * the guide asks for before real work (a passphrase elsewhere, for what seals and for what signs), and tries what can be tried
 * without it. Three thefts: from the running platform, of its backup with the backup's own key, and after a power cut.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const quiet = (): void => undefined
const patterns = [...patternsOf(latinStem), ...patternsOf(hanStem)]
/** A mark in what lies in the clear by decision, and the name of the target's host, which is one by itself. */
const clearStem = 'wvjqclearkzxm'
const host = 'shop.practice.test'

/** Where a text that is not sealed lies; docs/guides/sealing-keys.md says why. Whoever adds a line decides that it may. */
const clearByDecision: readonly string[] = [
  'access_tokens.name',
  'alert_receivers.address',
  'alert_receivers.name',
  'engagements.title',
  'exchanges.path',
  'groups.name',
  'invitations.name',
  'oidc_providers.client_id',
  'oidc_providers.issuer',
  'oidc_providers.label',
  'organisations.name',
  'testers.skills',
]
/** Where the name of a target's host lies. */
const hostsByDecision: readonly string[] = ['exchanges.host', 'exchanges.refusal', 'ownership_proofs.object']
/** Files that hold either, besides the database's own and the compiled code of the programs. */
const filesByDecision: readonly string[] = []
/** The one secret that lies on the disk as it is: whoever has the disk has the rows anyway, and the database listens on loopback alone. */
const openSecrets = ['postgres/superuser-password']

const passphrases = { sealing: 'vier Kraniche am Morgen', ledger: 'sieben Boote ohne Ruder' } as const
const secrets = new Map<string, string>()
let outside: string
let on: MarkedInstallation
let stolen: string
let thief: Postgres
let rows: pg.Client

const passphraseFile = (of: keyof typeof passphrases): string => join(outside, of)
const secretsOf = (of: keyof typeof passphrases) =>
  secretsFrom({ passphraseFile: passphraseFile(of), pinFile: undefined, tokenEnvironment: {} }, 'SEALING')

/** Keys as the guides ask for them, before the first start: no key was ever on this disk in the clear. */
async function keepKeysElsewhere(data: string): Promise<Readonly<Record<string, string>>> {
  const folder = join(data, 'keys')
  const never = () => Promise.reject(new KeyError('locked', '无', 'none'))
  await openKeys(folder, { sharesFolder: join(data, 'key-shares') })
  const today = { secrets: secretsOf('sealing'), shares: never }
  await changeKeeper(folder, { kind: 'passphrase', scryptN: 1 << 15 }, today, today.secrets, 'aes-256-gcm')
  const ledger = await makeKey({ kind: 'sealed', sm2: false, scryptN: 1 << 15 }, secretsOf('ledger'))
  await keepKey(join(folder, firstKeyFile), ledger)
  return { ZH_SEALING_PASSPHRASE_FILE: passphraseFile('sealing'), ZH_LEDGER_PASSPHRASE_FILE: passphraseFile('ledger') }
}

type Playing = Parameters<NonNullable<NonNullable<Parameters<typeof openMarkedInstallation>[0]>['also']>>[0]

/** What lies in the clear by decision gets a mark too, and every kind of secret is made that opens something. */
async function markWhatIsClear({ people, engagementId, proxyUrl, plainFetch, address }: Playing): Promise<void> {
  const { organizer, tester, demand, auditor } = people
  const params = { engagementId }
  const { assets } = await demand.call('GET /api/engagements/:engagementId/scope', { params })
  const plain = new URL(assets.find((one) => one.startsWith('http:')) ?? '')
  await through(proxyUrl, `${plain.origin}/${clearStem}?token=${clearStem}`)
  await organizer.call('POST /api/groups', { body: { name: clearStem, personIds: [] } })
  const me = await tester.call('GET /api/testers/me', {})
  await tester.call('PUT /api/testers/me/skills', { body: { skills: [clearStem], version: me.version } })
  const told = await organizer.call('POST /api/engagements/:engagementId/alert-receivers', {
    params,
    body: {
      name: clearStem,
      channel: 'webhook',
      form: 'ocsf',
      address: `https://127.0.0.1/${clearStem}`,
      jurisdiction: 'CN',
    },
  })
  secrets.set('key of a webhook', told.secret ?? '')
  await organizer.call('PUT /api/oidc-provider', {
    body: {
      label: clearStem,
      issuer: `https://${clearStem}.example`,
      clientId: clearStem,
      clientSecret: 'geheim-fuenf-Enten-im-Teich',
      strongValues: [],
      enabled: false,
      version: 0,
    },
  })
  secrets.set('secret at a sign-in provider', 'geheim-fuenf-Enten-im-Teich')
  const tokenIn = (link: string): string => link.split('#token=')[1] ?? expect.fail(`no token in ${link}`)
  const invited = await organizer.call('POST /api/invitations', { body: { name: clearStem, posts: ['member'] } })
  secrets.set('invitation', tokenIn(invited.link))
  const house = { name: clearStem, kind: 'tester', jurisdiction: 'CN', adminName: clearStem } as const
  secrets.set('invitation of a house', tokenIn((await organizer.call('POST /api/organisations', { body: house })).link))
  const reset = await organizer.call('POST /api/password-links', { body: { login: 'organizer2' } })
  secrets.set('link for a new password', tokenIn(reset.link))
  const { token } = await auditor.call('POST /api/account/tokens', {
    body: { name: clearStem, scopes: ['findings:read'] as never, days: 1 },
  })
  secrets.set('access token of the auditor', token)
  const { secret } = await auditor.call('POST /api/account/code', {})
  const body = { code: codeAt(secret, new Date()) }
  const { recoveryCodes } = await auditor.call('POST /api/account/code/confirmation', { body })
  secrets.set('secret of one-time codes', secret)
  for (const [at, code] of (recoveryCodes ?? []).entries()) secrets.set(`recovery code ${at}`, code)
  for (const [name, person] of Object.entries(people))
    for (const one of person.cookie.split(/; |\./))
      secrets.set(`cookie of ${name}: ${one.slice(0, 9)}`, one.replace(/^\w+=/, ''))
  secrets.set('secret of a lease', decodeURIComponent(new URL(proxyUrl).password))
  // A name that nobody has, by a browser that calls itself so.
  for (const path of ['sign-in', 'password-resets'])
    await plainFetch(`${address}/api/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-zhongheng': '1', 'user-agent': clearStem },
      body: JSON.stringify({ login: clearStem, ...(path === 'sign-in' ? { password: 'Falsch-1-falsch-2' } : {}) }),
    })
}

/** One request through the gateway. @returns status */
function through(proxyUrl: string, url: string): Promise<number> {
  const proxy = new URL(proxyUrl)
  const given = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`
  return new Promise((resolve, reject) => {
    const asked = request(
      {
        host: proxy.hostname,
        port: proxy.port,
        path: url,
        agent: false,
        headers: {
          host: new URL(url).host,
          'proxy-authorization': `Basic ${Buffer.from(given).toString('base64')}`,
        },
      },
      (answer) => answer.resume().on('close', () => resolve(answer.statusCode ?? 0)),
    )
    asked.on('error', reject)
    asked.end()
  })
}

beforeAll(async () => {
  outside = await mkdtemp(join(tmpdir(), 'zh-outside-'))
  for (const [name, text] of Object.entries(passphrases))
    await writeFile(passphraseFile(name as keyof typeof passphrases), `${text}\n`, { mode: 0o600 })
  on = await openMarkedInstallation({
    before: keepKeysElsewhere,
    title: `封存检查众测 ${clearStem}`,
    also: markWhatIsClear,
  })
  // The demo leaves its passwords for whoever tries it; a real installation has none, so they must be nowhere else either.
  const logins = join(on.data, 'first-logins.json')
  for (const { login, password } of JSON.parse(await readFile(logins, 'utf8')) as { login: string; password: string }[])
    secrets.set(`password of ${login}`, password)
  await rm(logins)
  for (const [what, text] of on.secrets) secrets.set(what, text)
  for (const [what, text] of Object.entries(passphrases)) secrets.set(`passphrase, ${what}`, text)

  stolen = await mkdtemp(join(tmpdir(), 'zh-stolen-'))
  for (const theft of ['running', 'backup', 'killed']) await mkdir(join(stolen, theft), { mode: 0o711 })
  await chmod(stolen, 0o711)
  const all = await on.places()
  const folders = all.filter((one) => !all.some((other) => one.startsWith(`${other}/`)))
  copyFolders(folders, join(stolen, 'running'))

  const identity = await generateX25519Identity()
  const to = join(stolen, 'backup', 'backup.age')
  const sharesTo = join(stolen, 'backup', 'shares.age')
  const lock = { recipients: [await identityToRecipient(identity)] }
  await makeBackup({ data: on.data, to, sharesTo, lock, now: new Date(), product: '0', progress: quiet })
  for (const file of [to, sharesTo])
    await readArchive(file, { identities: [identity] }, async (path, _mode, bytes) => {
      const place = join(stolen, 'backup', 'opened', path)
      await mkdir(dirname(place), { recursive: true })
      await writeFile(place, bytes)
    })

  const { children } = JSON.parse(await readFile(join(on.data, 'lock'), 'utf8')) as { children: number[] }
  const postmaster = Number((await readFile(join(on.data, 'postgres/data/postmaster.pid'), 'utf8')).split('\n')[0])
  for (const pid of [...children, ...withChildren(postmaster)]) signal(pid, 'SIGKILL')
  copyFolders(folders, join(stolen, 'killed'))

  const taken = join(stolen, 'killed', on.data.split('/').at(-1) ?? '')
  thief = await startPostgres({ folder: join(taken, 'postgres'), log: quiet })
  rows = new pg.Client({ connectionString: thief.url })
  await rows.connect()
}, 600_000)
afterAll(async () => {
  await rows?.end()
  await thief?.stop()
  await on?.close()
  for (const folder of [outside, stolen]) if (folder) await rm(folder, { recursive: true, force: true })
})

const shown = ({ file, as, context }: Hit): string => `${file.replace(stolen, '')} (${as}): ${context}`
const secretPatterns = () =>
  [...secrets].flatMap(([what, text]) => patternsOf(text).map((one) => ({ ...one, as: `${what}, ${one.as}` })))

describe('what a thief of the disk reads without the passphrase', () => {
  it('is everything that lay there: tables as after a power cut, the log of changes, recordings, files, logs, the backup', async () => {
    expect(on.marks.sent.length).toBeGreaterThanOrEqual(200)
    const names = [...wholeFiles(join(stolen, 'killed'))].map(({ path }) => path)
    for (const part of [
      'postgres/data/base/',
      'pg_wal/',
      '/recorder/',
      '/attachments/',
      '/ledger/',
      '/logs/',
      '/keys/sealing.json',
    ])
      expect(
        names.some((name) => name.includes(part)),
        part,
      ).toBe(true)
    expect(names.length).toBeGreaterThan(500)
    const { rows: counted } = await rows.query<{ n: number }>('select count(*)::int as n from findings')
    expect(counted[0]?.n).toBeGreaterThan(2)
  })
  it('PUB-CR-03: grep and strings find no mark in any file, in eight forms', () => {
    const forms = patterns.filter(({ as }) => !as.startsWith('utf-16')).map(({ bytes }) => bytes)
    expect(grepWords(stolen, wordList(join(outside, 'forms'), forms))).toEqual([])
    const latin = wordList(join(outside, 'latin'), [latinStem])
    expect(stringsOfTwoBytes(stolen, latin)).toEqual([])
  }, 240_000)
  it('PUB-CR-03: nor a search for the bytes, in a dozen encodings', async () => {
    const { hits, bytes, files } = await searchFolders([join(stolen, 'killed')], patterns)
    expect([...new Set(hits.map(shown))]).toEqual([])
    expect(files).toBeGreaterThan(500)
    expect(bytes).toBeGreaterThan(30 << 20)
  }, 240_000)
  it('PUB-CR-03: nor does anything that is compressed, in files or in rows, hold one when it is unpacked', async () => {
    const hits: Hit[] = []
    const look = async (name: string, bytes: Buffer): Promise<void> => {
      for await (const piece of unpacked(bytes)) {
        hits.push(
          ...(await searchStream(`${name} (${piece.as})`, once(piece.bytes), [...patterns, ...secretPatterns()])).hits,
        )
      }
    }
    for (const { path, bytes } of wholeFiles(stolen)) await look(path, bytes)
    for await (const { name, bytes } of bytesInRows(rows)) await look(name, bytes)
    expect([...new Set(hits.map(shown))]).toEqual([])
    // It would have been found.
    const text = Buffer.from(`vorher ${latinStem} nachher `.repeat(9))
    for (const packed of [gzipSync(text), deflateSync(text), zstdCompressSync(text), zipSync({ 'a/b': text })]) {
      const all: Buffer[] = []
      for await (const piece of unpacked(Buffer.concat([randomBytes(999), packed, randomBytes(99)])))
        all.push(piece.bytes)
      expect(Buffer.concat(all).includes(text)).toBe(true)
    }
  }, 240_000)
  it('PUB-CR-03: as the superuser of a database server on the stolen files, no mark in any column of any table', async () => {
    const { hits, bytes } = await searchStream('rows', dumpOf(rows), patterns)
    for await (const { name, bytes: value } of bytesInRows(rows))
      hits.push(...(await searchStream(name, once(value), patterns)).hits)
    expect([...new Set(hits.map(shown))]).toEqual([])
    expect(bytes).toBeGreaterThan(1 << 20)
  }, 120_000)
  it('is, of what is not sealed, exactly what was decided, in rows and in files', async () => {
    const marked = (await columnsWith(rows, clearStem)).toSorted()
    const hosts = (await columnsWith(rows, host)).toSorted()
    const found = [clearStem, host].flatMap((text) => filesWith(join(stolen, 'killed'), text))
    const others = found
      .map((path) => path.split('/').slice(3).join('/'))
      .filter((path) => !/postgres\/data\/(base|pg_wal)\/|\/run\/compiled\//.test(path))
    expect({ marked, hosts, files: [...new Set(others)].toSorted() }).toEqual({
      marked: clearByDecision,
      hosts: hostsByDecision,
      files: filesByDecision,
    })
  }, 120_000)
})

describe('what a thief of the disk can open', () => {
  it('PUB-CR-03: no login, token, invitation, recovery code, secret of codes, lease or password lies there, in any encoding', async () => {
    expect(secrets.size).toBeGreaterThan(30)
    const forms = secretPatterns().filter(({ as }) => !as.includes('utf-16'))
    expect(
      grepWords(
        stolen,
        wordList(
          join(outside, 'secrets'),
          forms.map(({ bytes }) => bytes),
        ),
      ),
    ).toEqual([])
    expect(stringsOfTwoBytes(stolen, wordList(join(outside, 'plain'), [...secrets.values()]))).toEqual([])
    const { hits } = await searchStream('rows', dumpOf(rows), secretPatterns())
    expect([...new Set(hits.map(shown))]).toEqual([])
  }, 240_000)
  it('but for the database’s own password, which opens what the thief has already', async () => {
    const taken = join(stolen, 'killed', on.data.split('/').at(-1) ?? '')
    for (const path of openSecrets) expect((await readFile(join(taken, path), 'utf8')).length).toBeGreaterThan(16)
    for (const name of ['root.key', 'first-logins.json', 'setup-link.txt'])
      expect(
        [...wholeFiles(stolen)].some(({ path }) => path.endsWith(name)),
        name,
      ).toBe(false)
  })
  it('no private key either: none as text, none as bytes', async () => {
    // Behind the words a key: the words alone stand in the code of programs, which lies compiled in the run folder.
    const key = '-----BEGIN [A-Z ]*PRIVATE KEY-----[[:space:]]+[A-Za-z0-9+/]{40}'
    expect(grepPattern(stolen, key)).toEqual([])
    await writeFile(join(outside, 'a.key'), newSigningKey().privatePem)
    expect(grepPattern(outside, key)).not.toEqual([])
    const forms = {
      'Ed25519 (PKCS#8)': '302e020100300506032b657004220420',
      'P-256 (PKCS#8)': '308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420',
      'P-256 (SEC 1)': '30770201010420',
      'RSA (PKCS#8)': '020100300d06092a864886f70d0101010500',
    }
    const wanted = Object.entries(forms).flatMap(([as, hex]) => {
      const bytes = Buffer.from(hex, 'hex')
      return [
        { as, bytes },
        { as: `${as}, hex`, bytes: Buffer.from(hex) },
        // Three bytes of the beginning make whole letters.
        {
          as: `${as}, base64`,
          bytes: Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64')),
        },
      ]
    })
    const { hits } = await searchFolders([stolen], wanted)
    hits.push(...(await searchStream('rows', dumpOf(rows), wanted)).hits)
    expect([...new Set(hits.map(shown))]).toEqual([])
  }, 240_000)
})

/** What could be shown as a secret: every text of a table as it stands, and each digest in the other ways of writing it. */
async function wordsOf(table: string): Promise<string[]> {
  const { rows: all } = await rows.query<{ row: Record<string, unknown> }>(`select to_jsonb(t) as row from ${table} t`)
  const texts = new Set(all.flatMap(({ row }) => Object.values(row).filter((one) => typeof one === 'string')))
  return [...texts]
    .filter((text) => /^[\\!-~]{16,200}$/.test(text) && !/^\d{4}-\d\d-\d\dT/.test(text))
    .flatMap((text) => {
      const hex = text.replace(/^\\x/, '')
      return /^([0-9a-f]{2}){16,}$/.test(hex) ? [hex, Buffer.from(hex, 'hex').toString('base64url')] : [text]
    })
}

/** How the server ends on these files. */
async function ends(
  folder: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, [join(root, 'server/main/main.ts')], {
    env: {
      ...environment(),
      DATABASE_URL: thief.url,
      ZH_DATA: folder,
      ZH_RUN: join(outside, 'run'),
      ZH_PORT: String(await freePort()),
      ZH_DEMO: 'off',
      ...more,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (part: Buffer) => {
      said += part.toString()
      // It began to serve, which is the end of this test.
      if (said.includes('"ready":"server"')) child.kill('SIGKILL')
    })
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, said })))
}

describe('the platform on the stolen files', () => {
  const folder = () => join(stolen, 'killed', on.data.split('/').at(-1) ?? '')
  it('does not start without the passphrase, nor with another one', async () => {
    const without = await ends(folder())
    expect([without.code, without.said]).toEqual([78, expect.stringContaining('ZH_SEALING_PASSPHRASE_FILE')])
    await writeFile(join(outside, 'guess'), 'acht Kraniche am Abend\n', { mode: 0o600 })
    const wrong = await ends(folder(), { ZH_SEALING_PASSPHRASE_FILE: join(outside, 'guess') })
    expect([wrong.code, wrong.said]).toEqual([78, expect.stringMatching(/passphrase is wrong/)])
  }, 120_000)
  it('nor with keys of the thief’s own, or with none', async () => {
    const own = join(outside, 'own')
    await openKeys(join(own, 'keys'))
    expect(await ends(own)).toMatchObject({ code: 78, said: expect.stringContaining('not those of this database') })
    expect(await ends(join(outside, 'none'))).toMatchObject({
      code: 78,
      said: expect.stringContaining('keys are missing'),
    })
  }, 120_000)
})

describe('what was found, tried at the platform itself', () => {
  it('opens nothing: no digest, id or sealed value is a login, a token, a link, or a lease', async () => {
    await expect
      .poll(async () => (await on.plainFetch(`${on.address}/healthz`).catch(() => undefined))?.status, {
        timeout: 90_000,
      })
      .toBe(200)
    const tables = [
      'logins',
      'access_tokens',
      'invitations',
      'password_resets',
      'devices',
      'leases',
      'recovery_codes',
      'credentials',
    ]
    const found: string[] = []
    for (const table of tables) found.push(...(await wordsOf(table)))
    expect(found.length).toBeGreaterThan(60)
    const { rows: leases } = await rows.query<{ proxy_name: string }>(
      "select proxy_name from leases where state = 'active' order by issued_at desc limit 1",
    )
    const entered: string[] = []
    for (const one of found) {
      const me = (headers: Record<string, string>) => on.plainFetch(`${on.address}/api/me`, { headers })
      if ((await me({ cookie: `zh_login=${one}` })).status !== 401) entered.push(`login ${one}`)
      for (const token of [one, `zhp_${one}`])
        if ((await me({ authorization: `Bearer ${token}` })).status !== 401) entered.push(`token ${token}`)
      const used = (path: string, body: object) =>
        on.plainFetch(`${on.address}/api/${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-zhongheng': '1' },
          body: JSON.stringify(body),
        })
      const password = 'Neun-Pferde-8-Regen-Tal'
      if ((await used('invitations/acceptance', { token: one, login: 'thief', password })).ok)
        entered.push(`invitation ${one}`)
      if ((await used('password-resets/use', { token: one, password })).ok) entered.push(`reset ${one}`)
      const proxy = new URL(`http://127.0.0.1:${on.gatewayPort}`)
      proxy.username = leases[0]?.proxy_name ?? ''
      proxy.password = one
      if ((await through(proxy.href, `http://heng.gateway/lease`)) !== 407) entered.push(`lease ${one}`)
    }
    expect(entered).toEqual([])
  }, 240_000)
})
