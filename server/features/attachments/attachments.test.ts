import { randomBytes } from 'node:crypto'
import { readFile, readdir, utimes } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { announceFile, download, linkTo, sendBytes, uploadFile } from '@zhongheng/testing/scenes/attached-files.ts'
import { type Cast, assemble, findingDraft, inTesting, recordedExchange } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { pastTriggers } from '@zhongheng/testing/postgres/past-triggers.ts'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../http/app.ts'
import { sweep } from '../../jobs/sweep.ts'
import { ExaminerGaveUp } from '../../ports/examiner.ts'
import { features } from '../all.ts'

let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
})
afterAll(() => stage.close())

const text = (value: string): Buffer => Buffer.from(value, 'utf8')
const canary = 'canary-in-an-attachment'

const announce = (person: Person, name: string, size: number) => announceFile(person, engagementId, name, size)
const send = (person: Person, attachmentId: string, bytes: Uint8Array) =>
  sendBytes(person, engagementId, attachmentId, bytes)
const upload = (person: Person, name: string, bytes: Uint8Array) => uploadFile(person, engagementId, name, bytes)
const linkOf = (person: Person, attachmentId: string) => linkTo(person, engagementId, attachmentId)
const save = (url: string, host?: string) => download(stage.base, url, host)
async function submit(attachments: string[], person: Person = cast.tester) {
  const cite = await recordedExchange(stage, engagementId, person)
  return person.fetch('POST /api/engagements/:engagementId/findings', {
    params: { engagementId },
    body: { ...findingDraft(stage, [cite]), attachments },
  })
}
describe('a file that a tester attaches', () => {
  it('is read by those who read the finding, as the bytes that were sent, and lies sealed', async () => {
    const bytes = Buffer.concat([text(`GET /?${canary} HTTP/1.1\n`), randomBytes(700_000)])
    const id = await upload(cast.tester, '抓包记录.bin', bytes)
    const finding = (await (await submit([id])).json()) as { findingId: string }
    const page = await cast.organizer.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId, findingId: finding.findingId },
    })
    expect(page.attachments).toMatchObject([
      { attachmentId: id, name: '抓包记录.bin', size: bytes.length, kind: 'other' },
    ])
    const saved = await save(await linkOf(cast.organizer, id))
    expect(saved.status).toBe(200)
    expect(saved.body.equals(bytes)).toBe(true)
    const folder = join(stage.folder, 'attachments', engagementId)
    for (const file of await readdir(folder)) expect((await readFile(join(folder, file))).includes(canary)).toBe(false)
  })

  it.each([
    ['x.svg', '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'],
    ['x.html', '<!doctype html><script>alert(1)</script>'],
    ['x.xhtml', '<html xmlns="http://www.w3.org/1999/xhtml"><script>alert(1)</script></html>'],
    ['x.xml', '<?xml-stylesheet type="text/xsl" href="x.xsl"?><a/>'],
    ['x.mht', 'MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>'],
    ['photo.png', '<html><script>alert(1)</script>'],
  ])(
    'PUB-XS-03 PUB-XS-04: named %s leaves as bytes to be saved, from another origin, in a sandbox',
    async (name, content) => {
      const id = await upload(cast.tester, name, text(content))
      const url = await linkOf(cast.tester, id)
      expect(new URL(url).hostname).not.toBe(new URL(stage.deps.settings.publicUrl).hostname)
      const { headers } = await save(url)
      expect(headers).toMatchObject({
        'content-type': 'application/octet-stream',
        'x-content-type-options': 'nosniff',
        'content-disposition': `attachment; filename="${name}"; filename*=UTF-8''${name}`,
      })
      expect(headers['content-security-policy']).toMatch(/default-src 'none'.*sandbox/)
      expect(headers['set-cookie']).toBeUndefined()
    },
  )

  it.each(['a%00.png', 'it\'s "quoted"; x=1.txt', 'CON', '👩‍👧.gif', '中文 名称.zip'])(
    'PUB-UP-06: named %j has a well-formed header',
    async (name) => {
      const { headers } = await save(await linkOf(cast.tester, await upload(cast.tester, name, text('x'))))
      expect(headers['content-disposition']).toMatch(
        /^attachment; filename="[\w.-]+"; filename\*=UTF-8''[\w.!#$&+^`|~%-]+$/,
      )
    },
  )

  it('that is a picture has a copy for the eye', async () => {
    const photo = await sharp({ create: { width: 60, height: 40, channels: 3, background: 'red' } })
      .png()
      .toBuffer()
    const id = await upload(cast.tester, '截图.png', photo)
    const shown = await cast.tester.fetch('GET /api/engagements/:engagementId/attachments/:attachmentId/preview', {
      params: { engagementId, attachmentId: id },
    })
    expect(shown.headers.get('content-type')).toBe('image/webp')
    expect(await sharp(Buffer.from(await shown.arrayBuffer())).metadata()).toMatchObject({ width: 60, height: 40 })
  })
})

describe('a file without a copy for the eye', () => {
  it('has none to show', async () => {
    const id = await upload(cast.tester, 'notes.txt', text('words'))
    const shown = await cast.tester.fetch('GET /api/engagements/:engagementId/attachments/:attachmentId/preview', {
      params: { engagementId, attachmentId: id },
    })
    expect(shown.status).toBe(404)
  })
})

describe('what is sent for a file', () => {
  const refused = async (answer: Promise<Response>) => {
    const response = await answer
    return [response.status, ((await response.json()) as { rule?: string }).rule]
  }
  it('is bytes, and nothing else', async () => {
    const attachmentId = await announce(cast.tester, 'a.txt', 2)
    const sent = cast.tester.fetch('PUT /api/engagements/:engagementId/attachments/:attachmentId/content', {
      params: { engagementId, attachmentId },
    })
    expect((await sent).status).toBe(415)
  })
  it('is not kept where the login ended before the last byte came', async () => {
    const he = await Person.signIn(stage.base, cast.tester.name, password)
    const attachmentId = await announce(he, 'slow.txt', 4)
    const path = `/api/engagements/${engagementId}/attachments/${attachmentId}/content`
    const { resolve, promise } = Promise.withResolvers<number>()
    const asked = request(`${stage.base}${path}`, {
      method: 'PUT',
      headers: {
        cookie: he.cookie,
        'x-zhongheng': '1',
        'content-type': 'application/octet-stream',
        'content-length': 4,
      },
    })
    asked.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode ?? 0)))
    asked.write('slo')
    const folder = join(stage.folder, 'attachments', engagementId)
    await expect.poll(async () => (await readdir(folder)).some((name) => name.endsWith('.part'))).toBe(true)
    await he.call('POST /api/sign-out', {})
    asked.end('w')
    expect(await promise).toBe(401)
  })
  it('is not kept where it cannot be examined', async () => {
    const giveUp = () => Promise.reject(new ExaminerGaveUp())
    const examiner = { ...stage.deps.examiner, examine: giveUp }
    const elsewhere = await buildApp({ ...stage.deps, examiner }, features({ ...stage.deps, examiner }))
    const base = await elsewhere.listen({ host: '127.0.0.1', port: 0 })
    const he = await Person.signIn(base, cast.tester.name, password)
    const attachmentId = await announce(he, 'odd.bin', 3)
    expect(await refused(send(he, attachmentId, text('odd')))).toEqual([422, 'ATTACH-1'])
    await elsewhere.close()
  })
})

describe('a link', () => {
  it('is not made where downloads have no address of their own', async () => {
    const id = await upload(cast.tester, 'a.txt', text('here'))
    const deps = { ...stage.deps, settings: { ...stage.deps.settings, filesUrl: null } }
    const elsewhere = await buildApp(deps, features(deps))
    const base = await elsewhere.listen({ host: '127.0.0.1', port: 0 })
    const chen = await Person.signIn(base, cast.tester.name, password)
    await expect(linkOf(chen, id)).rejects.toMatchObject({ status: 422, rule: 'ATTACH-5' })
    await elsewhere.close()
  })
  it('opens once, under its own name, and not after the login that asked for it has ended', async () => {
    const id = await upload(cast.tester, 'a.txt', text('once'))
    const url = await linkOf(cast.tester, id)
    expect((await save(url, new URL(stage.base).host)).status).toBe(421)
    expect((await save(url)).status).toBe(200)
    expect((await save(url)).status).toBe(404)
    expect((await save(`${new URL(url).origin}/f/${'A'.repeat(32)}`)).status).toBe(404)
    // And the other way round: nothing else is there.
    expect((await save(`${new URL(url).origin}/api/me`)).status).toBe(421)
    expect((await save(`${new URL(url).origin}/`)).status).toBe(421)
    const tester = await Person.signIn(stage.base, cast.tester.name, password)
    const later = await linkOf(tester, id)
    await tester.call('POST /api/sign-out', {})
    expect((await save(later)).status).toBe(404)
  })
})

describe('what is refused leaves nothing behind', () => {
  it.each([
    ['another size than announced', 10, text('eleven bytes')],
    ['fewer bytes', 50, text('few')],
    ['an archive that leads out', 0, null],
  ])('%s', async (_what, size, bytes) => {
    const { zipSync } = await import('fflate')
    const content = bytes ?? zipSync({ '../../x': text('x') })
    const before = await readdir(join(stage.folder, 'attachments', engagementId)).catch(() => [])
    const attachmentId = await announce(cast.tester, 'x.bin', size || content.length)
    const sent = await send(cast.tester, attachmentId, content)
    expect(sent.status).toBe(422)
    expect(await sent.json()).toMatchObject({ rule: 'ATTACH-1', fields: [{ field: 'file' }] })
    expect(await readdir(join(stage.folder, 'attachments', engagementId)).catch(() => [])).toEqual(before)
    expect((await submit([attachmentId])).status).toBe(422)
  })
  it('PUB-UP-06: a name that is a path', async () => {
    const refused = await cast.tester.fetch('POST /api/engagements/:engagementId/attachments', {
      params: { engagementId },
      body: { name: '../../x', size: 1 },
    })
    expect(refused.status).toBe(422)
    expect(await refused.json()).toMatchObject({ fields: [{ field: 'body.name' }] })
  })
})

describe('a file that is sent twice at once', () => {
  it('is kept once, as the bytes that its digest names', async () => {
    const versions = [Buffer.alloc(900_000, 'a'), Buffer.alloc(900_000, 'b')]
    const attachmentId = await announce(cast.tester, 'twice.txt', 900_000)
    const answers = await Promise.all(versions.map((bytes) => send(cast.tester, attachmentId, bytes)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409])
    const kept = versions[answers.findIndex(({ status }) => status === 200)]
    const { body } = await save(await linkOf(cast.tester, attachmentId))
    expect(body.equals(kept ?? Buffer.alloc(0))).toBe(true)
    const left = await readdir(join(stage.folder, 'attachments', engagementId))
    expect(left.filter((name) => name.endsWith('.part'))).toEqual([])
  })
})

describe('a person', () => {
  it('has at most thirty that are attached to nothing', async () => {
    for (let at = 0; at < attachmentLimits.loose; at++) await announce(cast.auditor, `${at}.txt`, 1)
    const more = { params: { engagementId }, body: { name: '30.txt', size: 1 } }
    const refused = await cast.auditor.fetch('POST /api/engagements/:engagementId/attachments', more)
    expect(refused.status).toBe(429)
    expect(await refused.json()).toMatchObject({ rule: 'ATTACH-3' })
  })
})

describe('the files of an engagement', () => {
  const { ofPersonBytes, ofEngagementBytes } = attachmentLimits
  /** What somebody attached before: rows alone, for the sum is made of rows. */
  const held = async (person: Person, bytes: number): Promise<void> => {
    const me = await person.call('GET /api/me', {})
    const finding = await stage.deps.database.kysely
      .selectFrom('findings')
      .select('id')
      .where('engagement_id', '=', engagementId)
      .executeTakeFirstOrThrow()
    await stage.deps.database.kysely
      .insertInto('attachments')
      .values({
        id: makeId('attachment', new Date(), randomBytes(10)),
        engagement_id: engagementId,
        finding_id: finding.id,
        comment_id: null,
        org_id: me.orgId,
        person_id: me.personId,
        state: 'kept',
        size: bytes,
        preview_size: 0,
        sealed_facts: Buffer.from('x'),
        made_at: new Date(),
        attached_at: new Date(),
      })
      .execute()
  }
  const ask = async (person: Person, size: number) => {
    const answer = await person.fetch('POST /api/engagements/:engagementId/attachments', {
      params: { engagementId },
      body: { name: '大.bin', size },
    })
    return { status: answer.status, body: (await answer.json()) as { rule?: string; detail?: string } }
  }
  it('hold so much of one person together, attached or not, and the refusal names field, sum, limit and way out', async () => {
    await held(cast.tester2, ofPersonBytes - 3_000_000)
    expect((await ask(cast.tester2, 2_000_000)).status).toBe(201)
    expect(await ask(cast.tester2, 2_000_000)).toMatchObject({
      status: 422,
      body: {
        rule: 'ATTACH-4',
        detail: expect.stringMatching(/最多 500 MiB，已有 499\.0 MiB，此文件 1\.9 MiB。移除/) as string,
        fields: [{ field: 'body.size' }],
      },
    })
    expect((await ask(cast.tester2, 1_000_000)).status).toBe(201)
    // Whoever has sent little is not held to what others sent, nor told of it.
    expect((await ask(cast.tester, 2_000_000)).status).toBe(201)
  })
  it('are summed one after the other, so that two at one moment do not both take the last room', async () => {
    const { attachmentId } = (await ask(cast.organizer, 1)).body as { attachmentId?: string }
    await held(cast.organizer, ofPersonBytes - 1_500_000)
    const answers = await Promise.all([1, 2, 3].map(() => ask(cast.organizer, 1_000_000)))
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([201, 422, 422])
    expect(attachmentId).toBeDefined()
  })
  it('hold so much of everybody', async () => {
    await held(cast.demand, ofEngagementBytes - 2 * ofPersonBytes)
    expect(await ask(cast.tester, 1_000_000)).toMatchObject({
      status: 422,
      body: { rule: 'ATTACH-4', detail: expect.stringContaining('已无足够空间') as string },
    })
    await pastTriggers(stage.deps.settings.databaseUrl, 'delete from attachments where size > 100000000')
  })
})

describe('a day later', () => {
  it('a file that hangs on nothing is gone with its bytes, one that hangs on a finding stays', async () => {
    const folder = join(stage.folder, 'attachments', engagementId)
    const [loose, attached] = [
      await upload(cast.tester, '未附.txt', text('loose')),
      await upload(cast.tester, '已附.txt', text('kept')),
    ]
    expect((await submit([attached])).status).toBe(201)
    const before = new Date(Date.now() - 25 * 3_600_000)
    await stage.deps.database.kysely
      .updateTable('attachments')
      .set({ made_at: before })
      .where('id', 'in', [loose, attached])
      .execute()
    for (const name of await readdir(folder)) await utimes(join(folder, name), before, before)
    await sweep(stage.deps)
    const left = await readdir(folder)
    expect(left.filter((name) => name.startsWith(loose))).toEqual([])
    expect(left).toContain(`${attached}.sealed`)
    await expect(linkOf(cast.tester, loose)).rejects.toMatchObject({ status: 404 })
    expect((await save(await linkOf(cast.organizer, attached))).body.toString()).toBe('kept')
  })
})

describe('somebody else', () => {
  it('PUB-UP-09: neither sees a loose file of Mr Chen’s, nor fills, drops, opens or attaches it', async () => {
    const attachmentId = await announce(cast.tester, 'draft.txt', 4)
    expect((await send(cast.organizer, attachmentId, text('mine'))).status).toBe(404)
    expect((await send(cast.tester, attachmentId, text('mine'))).status).toBe(200)
    const params = { engagementId, attachmentId }
    for (const other of [cast.organizer, cast.auditor]) {
      for (const key of [
        'DELETE /api/engagements/:engagementId/attachments/:attachmentId',
        'POST /api/engagements/:engagementId/attachments/:attachmentId/links',
        'GET /api/engagements/:engagementId/attachments/:attachmentId/preview',
      ] as const)
        expect((await other.fetch(key, { params })).status, key).toBe(404)
    }
    const finding = (await (await submit([])).json()) as { findingId: string }
    const stolen = await cast.organizer.fetch('POST /api/engagements/:engagementId/findings/:findingId/comments', {
      params: { engagementId, findingId: finding.findingId },
      body: { audience: 'everyone', body: '附上文件', attachments: [attachmentId] },
    })
    expect(stolen.status).toBe(422)
    for (const id of ['latest', attachmentId.toUpperCase()])
      expect((await send(cast.tester, id, text('mine'))).status).toBeGreaterThanOrEqual(400)
  })
})
