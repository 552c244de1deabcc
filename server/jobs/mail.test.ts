import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { type AddressInfo, type Socket, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readAllowList } from '@zhongheng/domain/egress/destination.ts'
import { clockAt, hours, minutes, seconds } from '@zhongheng/domain/shared/clock.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person, consentTo } from '@zhongheng/tools/demo/person.ts'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MailSettings } from '../main/settings.ts'
import { openMail } from '../ports/mail.ts'
import type { Deps } from '../work/deps.ts'
import { sendMails } from './mail.ts'

/* Real SMTP on loopback: what a mail server is handed is read at its own end. */
type Heard = { readonly from: string; readonly to: readonly string[]; readonly text: string; readonly secure: boolean }
const heard: Heard[] = []
const ends: (() => void)[] = []
const clock = clockAt(new Date().toISOString())
let refusing = false
let stage: Stage
let cast: Cast
let engagementId: string
let port: number

async function smtp(options: SMTPServerOptions = {}): Promise<number> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo: (_address, _session, done) =>
      done(refusing ? Object.assign(new Error('no such user here'), { responseCode: 450 }) : null),
    onData(stream, session, done) {
      let text = ''
      stream.on('data', (part: Buffer) => (text += part.toString()))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        heard.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          text,
          secure: Boolean(session.secure),
        })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  ends.push(() => server.close(() => undefined))
  return new Promise((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => resolve((listener.address() as AddressInfo).port))
  })
}
/** Somebody who listens where a mail server should be. */
async function impostor(speak: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => undefined)
    speak(socket)
  })
  ends.push(() => {
    for (const socket of open) socket.destroy()
    server.close()
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)))
}
const settingsOf = (at: number, more: Partial<MailSettings> = {}): MailSettings => ({
  host: '127.0.0.1',
  port: at,
  implicitTls: false,
  user: null,
  password: undefined,
  ca: undefined,
  from: { name: '众衡', address: 'zhongheng@platform.example' },
  digestMinutes: 60,
  ...more,
})
const egressAllow = readAllowList('127.0.0.1')
const mailAt = (mail: MailSettings) => openMail({ mail, egressAllow, publicUrl: 'http://127.0.0.1' }, stage.deps.egress)
const letter = { subject: '众衡：您有未读通知', text: '您有未读通知。\n' }
/** As one text: quoted-printable and base64 undone. */
const plainOf = ({ text }: Heard): string => {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const body = rest.join('\r\n\r\n')
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString()
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return /quoted-printable/i.test(head) ? Buffer.from(bytes, 'latin1').toString() : body
}

beforeAll(async () => {
  port = await smtp()
  stage = await openStage({
    clock,
    settings: { egressAllow, mail: settingsOf(port), loginIdleMinutes: 1440, loginAbsoluteMinutes: 10_000 },
  })
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
}, 120_000)
afterAll(async () => {
  await stage.close()
  for (const end of ends) end()
})

const give = (person: Person, address: string) => person.fetch('PUT /api/account/mail', { body: { address } })
const codeIn = (one: Heard | undefined): string => /[0-9A-Z]{12}/.exec(one ? plainOf(one) : '')?.[0] ?? ''
const confirm = (person: Person, code: string) =>
  person.fetch('POST /api/account/mail/confirmation', { body: { code } })
const again = async (login: string): Promise<Person> => {
  const person = await Person.signIn(stage.base, login, password)
  await person.call('POST /api/step-up', { body: { password } })
  return person
}
const all = async (deps: Deps = stage.deps): Promise<void> => {
  for (let rounds = 0; rounds < 20 && (await sendMails(deps)) > 0; rounds++);
}

describe('an address', () => {
  it('gets a code and nothing else before its owner gave that back', async () => {
    const zhou = await again('zhou-heng')
    expect((await give(zhou, 'zhou@Ok.Example')).status).toBe(422)
    await consentTo(zhou, 'mail')
    expect((await give(zhou, 'zhou@Ok.Example')).status).toBe(200)
    await submittedFinding(stage, engagementId, cast.tester, { title: '商品搜索存在 SQL 注入' })
    clock.advance(minutes(5))
    await all()
    expect(heard.map(({ to }) => to)).toEqual([['zhou@ok.example']])
    expect((await confirm(zhou, 'WRONGWRONG00')).status).toBe(422)
    expect(await (await confirm(zhou, codeIn(heard[0]))).json()).toMatchObject({
      address: 'zhou@ok.example',
      codeUntil: null,
    })
    expect((await confirm(zhou, codeIn(heard[0]))).status).toBe(422)
  })
  it('lies sealed, and no code lies in the queue', async () => {
    const rows = JSON.stringify(
      await Promise.all(
        (['mail_addresses', 'mail_queue'] as const).map((table) =>
          stage.deps.database.kysely.selectFrom(table).selectAll().execute(),
        ),
      ),
    )
    expect(rows).not.toContain('zhou@')
    expect(rows).not.toContain(codeIn(heard[0]))
  })
  it('is not shown to anybody else, and codes to no one', async () => {
    expect((await cast.organizer2.call('GET /api/account/mail', {})).address).toBeNull()
  })
  it('PUB-IN-06: with another recipient in it is refused, and no mail leaves', async () => {
    const lin = await again('lin-a')
    await consentTo(lin, 'mail')
    const before = heard.length
    for (const address of [
      'lin@ok.invalid\r\nBcc: eve@canary.invalid',
      '"x@canary.invalid x"@ok.invalid',
      'a@ok.invalid(comment).evil.invalid',
      'lin@ok.invalid,eve@canary.invalid',
      'lin@ok.\r\n invalid',
    ])
      expect((await give(lin, address)).status, address).toBe(422)
    await all()
    expect(heard).toHaveLength(before)
  })
})

describe('a mail of notices', () => {
  it('PUB-IN-04 PUB-IN-06 PUB-XS-07: goes to exactly one recipient, as plain text that says no more than the bell, whatever names hold', async () => {
    const { personId } = await cast.tester.call('GET /api/me', {})
    await stage.deps.database.kysely
      .updateTable('persons')
      .set({ name: 'Chen\r\nBcc: eve@canary.invalid' })
      .where('id', '=', personId)
      .execute()
    const before = heard.length
    await submittedFinding(stage, engagementId, cast.tester, {
      title: '商品搜索存在 SQL 注入 {{7*7}} ![x](https://canary.invalid/b.png) <img src=https://canary.invalid/b.png>',
    })
    clock.advance(hours(1.1))
    await all()
    expect(heard.length).toBe(before + 1)
    const mail = heard.at(-1) as Heard
    expect([mail.from, mail.to]).toEqual(['zhongheng@platform.example', ['zhou@ok.example']])
    expect(mail.text).toMatch(/^Content-Type: text\/plain; charset=utf-8/im)
    expect(mail.text).toMatch(/^Auto-Submitted: auto-generated/im)
    expect(mail.text).not.toMatch(/^(Bcc|Cc):|canary|<img|<html/im)
    expect(plainOf(mail)).toContain('新提交')
    expect(plainOf(mail)).toContain('http://127.0.0.1/notices')
    expect(plainOf(mail)).not.toMatch(/SQL|搜索|Chen|canary|7\*7|49/)
  })
  it('does not come for what was read, for what one does without, or for what one may no longer know', async () => {
    const before = heard.length
    const zhou = await again('zhou-heng')
    await submittedFinding(stage, engagementId, cast.tester)
    await zhou.call('POST /api/notices/read', { body: { until: clock.now().toISOString() } })
    clock.advance(hours(2))
    await all()
    expect(heard.length).toBe(before)
    const same = await again('zhou-heng')
    await same.call('PUT /api/account/mail/choices', { body: { without: ['findings', 'account'] } })
    await submittedFinding(stage, engagementId, cast.tester)
    clock.advance(hours(2))
    await all()
    expect(heard.length).toBe(before)
    await (await again('zhou-heng')).call('PUT /api/account/mail/choices', { body: { without: [] } })
  })
  it('GBT39276-5.1.1.4-b: does not come to an address whose owner’s consent was to another text, until it is given anew', async () => {
    const zhou = await again('zhou-heng')
    const { personId } = await zhou.call('GET /api/me', {})
    await stage.deps.database.kysely
      .updateTable('privacy_answers')
      .set({ part_digest: 'b'.repeat(64) })
      .where('person_id', '=', personId)
      .execute()
    const before = heard.length
    await submittedFinding(stage, engagementId, cast.tester)
    clock.advance(hours(2))
    await all()
    expect(heard.length).toBe(before)
    await consentTo(zhou, 'mail')
    await submittedFinding(stage, engagementId, cast.tester)
    clock.advance(hours(2))
    await all()
    expect(heard.length).toBe(before + 1)
  })
  it('PUB-AC-09: goes to the address before when another one is given, once, and does not say which', async () => {
    clock.advance(hours(2))
    await all()
    const before = heard.length
    const zhou = await again('zhou-heng')
    for (const address of ['zhou.new@ok.example', 'zhou.other@ok.example'])
      expect((await give(zhou, address)).status).toBe(200)
    await all()
    const letters = heard.slice(before).map((mail) => `${mail.to[0]} ${/验证码|改用了/.exec(plainOf(mail))?.[0]}`)
    expect(letters.sort()).toEqual(['zhou.other@ok.example 验证码', 'zhou@ok.example 改用了'])
    const told = heard.slice(before).find(({ to }) => to[0] === 'zhou@ok.example') as Heard
    expect(plainOf(told)).toContain('http://127.0.0.1/account/security')
    expect(plainOf(told)).not.toContain('zhou.')
    const { sealed_before } = await stage.deps.database.kysely
      .selectFrom('mail_addresses')
      .innerJoin('persons', 'persons.id', 'mail_addresses.person_id')
      .select('sealed_before')
      .where('persons.name', '=', 'zhou-heng')
      .executeTakeFirstOrThrow()
    expect(sealed_before).toBeNull()
    // The address that was never confirmed is told nothing when it goes.
    const then = heard.length
    await give(zhou, 'zhou@ok.example')
    await all()
    expect(heard.slice(then).map(({ to }) => to[0])).toEqual(['zhou@ok.example'])
    await confirm(zhou, codeIn(heard.at(-1)))
  })
  it('PUB-DO-05: a flood of acts is a few mails to a person, however many there are', async () => {
    clock.advance(hours(2))
    await all()
    const before = heard.length
    for (let times = 0; times < 6; times++) {
      await submittedFinding(stage, engagementId, cast.tester)
      clock.advance(minutes(3))
      await all()
    }
    expect(heard.length - before).toBeLessThanOrEqual(1)
    const waiting = await stage.deps.database.kysely
      .selectFrom('mail_queue')
      .select('person_id')
      .where('state', '=', 'waiting')
      .execute()
    expect(new Set(waiting.map((row) => row.person_id)).size).toBe(waiting.length)
  })
  it('PUB-DO-05: one address gets a bounded number of mails in an hour, whoever gives it how often', async () => {
    clock.advance(hours(2))
    const before = heard.length
    const fang = await again('fang-a')
    await consentTo(fang, 'mail')
    for (let times = 0; times < 16; times++) {
      // The throttle of the route counts too; what it lets pass is sent one by one.
      if ((await give(fang, 'victim@ok.example')).status === 200) await all()
      clock.advance(minutes(1.5))
    }
    const sent = heard.slice(before).filter(({ to }) => to[0] === 'victim@ok.example')
    expect(sent.length).toBeGreaterThan(0)
    expect(sent.length).toBeLessThanOrEqual(12)
  })
})

describe('a mail server', () => {
  it('that refuses for now gets the mail later, after growing waits, and nobody’s request waits for it', async () => {
    clock.advance(hours(3))
    await all()
    refusing = true
    const other = await again('zhou-heng')
    expect((await give(other, 'zhou.heng@ok.example')).status).toBe(200)
    const before = heard.length
    await all()
    await all()
    expect(heard.length).toBe(before)
    const [row] = await stage.deps.database.kysely
      .selectFrom('mail_queue')
      .selectAll()
      .where('purpose', '=', 'code')
      .where('state', '=', 'waiting')
      .execute()
    expect(row).toMatchObject({ tries: 1, fault: expect.stringMatching(/^EENVELOPE/) as string })
    expect(JSON.stringify(row)).not.toContain('no such user')
    refusing = false
    clock.advance(seconds(31))
    await all()
    expect(heard.at(-1)?.to).toEqual(['zhou.heng@ok.example'])
  })
  it('PUB-DO-05: that hangs, floods or breaks off ends its own try and holds up no other mail', async () => {
    const hanging = await impostor(() => undefined)
    const flooding = await impostor((socket) => {
      const more = (): void => {
        while (socket.writable && socket.write(Buffer.alloc(65_536, 'x')));
      }
      socket.on('drain', more)
      more()
    })
    const breaking = await impostor((socket) => socket.end('220 hel'))
    const [hung, flooded, broke, sent] = await Promise.all(
      [hanging, flooding, breaking, port].map((at) => mailAt(settingsOf(at)).send('a@ok.example', letter, 'mal_x')),
    )
    expect(hung).toMatchObject({ ok: false, forGood: false })
    expect(flooded).toMatchObject({ ok: false, forGood: false })
    expect(broke).toMatchObject({ ok: false, forGood: false })
    expect(sent).toEqual({ ok: true })
  }, 40_000)
  it('that is in no list of the administrator is not dialled', async () => {
    const elsewhere = openMail(
      { mail: settingsOf(port), egressAllow: [], publicUrl: 'http://127.0.0.1' },
      stage.deps.egress,
    )
    expect(await elsewhere.send('a@ok.example', letter, 'mal_x')).toEqual({
      ok: false,
      what: 'EGRESS-3',
      forGood: false,
    })
  })
})

describe('TLS', () => {
  let folder: string
  let key: Buffer
  let cert: Buffer
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zh-mail-'))
    const request = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-x509', '-days', '2']
    const names = ['-subj', '/CN=mail.example', '-addext', 'subjectAltName=DNS:mail.example']
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
    execFileSync('openssl', ['req', ...request, ...names, ...files], { stdio: 'ignore' })
    key = readFileSync(join(folder, 'key.pem'))
    cert = readFileSync(join(folder, 'cert.pem'))
    ends.push(() => rmSync(folder, { recursive: true, force: true }))
  })
  /** A server that is known by a name; the name leads to it by a pin, as the practice target's does. */
  const named = async (at: number, more: Partial<MailSettings>) => {
    const { openEgress } = await import('../egress/egress.ts')
    const egress = openEgress({ pins: { 'mail.example': { address: '127.0.0.1', port: at } } })
    const mail = settingsOf(at, { host: 'mail.example', ...more })
    return openMail({ mail, egressAllow: readAllowList('mail.example'), publicUrl: 'http://127.0.0.1' }, egress)
  }
  const tls = () => ({ key, cert, disabledCommands: ['AUTH'] }) satisfies SMTPServerOptions

  it('is begun by STARTTLS before anything is said, with the server’s certificate checked', async () => {
    const at = await smtp(tls())
    const trusted = await named(at, { ca: cert.toString() })
    expect(await trusted.send('a@ok.example', letter, 'mal_x')).toEqual({ ok: true })
    expect(heard.at(-1)).toMatchObject({ to: ['a@ok.example'], secure: true })
    const before = heard.length
    expect(await (await named(at, {})).send('a@ok.example', letter, 'mal_x')).toMatchObject({ ok: false })
    expect(heard.length).toBe(before)
  })
  it('is there from the first byte where the settings say so', async () => {
    const at = await smtp({ ...tls(), secure: true })
    const trusted = await named(at, { implicitTls: true, ca: cert.toString() })
    expect(await trusted.send('a@ok.example', letter, 'mal_x')).toEqual({ ok: true })
    expect(heard.at(-1)).toMatchObject({ secure: true })
  })
  it('is not given up for a server that says it has none, or that breaks it off', async () => {
    const before = heard.length
    const without = await named(await smtp(), { ca: cert.toString() })
    expect(await without.send('a@ok.example', letter, 'mal_x')).toMatchObject({ ok: false })
    const said: string[] = []
    const lying = await impostor((socket) => {
      socket.write('220 mail.example\r\n')
      socket.on('data', (part: Buffer) => {
        said.push(part.toString('latin1'))
        if (/^EHLO/i.test(part.toString())) socket.write('250-mail.example\r\n250 STARTTLS\r\n')
        // Says yes, and goes on in the clear.
        else if (/^STARTTLS/i.test(part.toString())) socket.write('220 go on\r\n250 OK\r\n250 OK\r\n354 data\r\n')
        else socket.write('250 OK\r\n')
      })
    })
    expect(await (await named(lying, { ca: cert.toString() })).send('a@ok.example', letter, 'mal_x')).toMatchObject({
      ok: false,
    })
    expect(said.join('')).not.toMatch(/MAIL FROM|ok\.example|RCPT/i)
    expect(heard.length).toBe(before)
  }, 40_000)
})
