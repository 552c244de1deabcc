import { readdir } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildApp } from '../../http/app.ts'
import { ExaminerGaveUp } from '../../ports/examiner.ts'
import { features } from '../all.ts'

const key = 'PUT /api/engagements/:engagementId/imports/preview'
const importsAtOnce = attachmentLimits.aside
let stage: Stage
let cast: Cast
let engagementId: string
let host: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
  const { assets } = await cast.tester.call('GET /api/engagements/:engagementId/scope', { params: { engagementId } })
  host = /^https?:\/\/[^/]+|^[^/]+/.exec(assets[0] ?? '')?.[0] ?? ''
})
afterAll(() => stage.close())

const line = (at: string, info: object) => JSON.stringify({ 'template-id': 't', info, 'matched-at': at })
const send = (person: Person, text: string) => person.fetch(key, { params: { engagementId }, bytes: Buffer.from(text) })
const address = () => (host.startsWith('http') ? `${host}/login` : `http://${host}/login`)

describe('a tester who gives a scanner’s file', () => {
  it('gets its results, each held against the scope and the catalogue', async () => {
    const file = [
      line(address(), { name: 'XSS', severity: 'medium', classification: { 'cwe-id': ['cwe-79'] } }),
      line('https://elsewhere.example/', { name: 'Elsewhere', severity: 'high' }),
      line('src/main.c', { name: 'In a file', severity: 'low', classification: { 'cwe-id': ['cwe-99999'] } }),
      line(address(), {
        name: 'Scored',
        severity: 'low',
        classification: { 'cvss-metrics': 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H' },
      }),
    ].join('\n')
    const answer = await send(cast.tester, file)
    const preview: unknown = await answer.json()
    expect(answer.status, JSON.stringify(preview)).toBe(200)
    expect(preview).toMatchObject({
      format: 'nuclei',
      items: 4,
      leftCount: 0,
      rows: [
        { title: 'XSS', severity: 'medium', cwe: 'CWE-79', scope: 'in', why: null },
        { title: 'Elsewhere', scope: 'out', asset: null },
        { title: 'In a file', scope: 'unknown', cwe: null },
        { title: 'Scored', severity: 'critical', scope: 'in' },
      ],
    })
  })
  it('submits nothing by it, leaves nothing of it on the disk, and is an event without its text', async () => {
    const before = await cast.tester.call('GET /api/findings', { query: { engagementId } })
    await send(cast.tester, line(address(), { name: 'canary-of-a-scan', severity: 'low' }))
    const after = await cast.tester.call('GET /api/findings', { query: { engagementId } })
    expect(after.findings).toHaveLength(before.findings.length)
    expect(await readdir(join(stage.folder, 'attachments', engagementId))).toEqual([])
    const event = await stage.deps.database.kysely
      .selectFrom('events')
      .selectAll()
      .where('kind', '=', 'scan.examined')
      .orderBy('seq', 'desc')
      .executeTakeFirstOrThrow()
    expect(JSON.parse(event.leaf)).toMatchObject({ facts: { format: 'nuclei', items: 1, outside: 0 } })
    expect(JSON.stringify(event)).not.toContain('canary-of-a-scan')
  })
  it.each([
    ['a DOCTYPE', '<!DOCTYPE issues [<!ENTITY x "y">]><issues/>', 'DOCTYPE'],
    ['nothing known', 'hello', 'none of the formats'],
    ['too many results', `<issues>${'<issue/>'.repeat(2001)}</issues>`, '2001'],
  ])('is refused one with %s, and told why and what to do', async (_what, file, told) => {
    const answer = await send(cast.tester, file)
    const problem = (await answer.json()) as { rule: string; text: { en: string }; fields: unknown[] }
    expect([answer.status, problem.rule]).toEqual([422, 'IMPORT-1'])
    expect(problem.text.en).toContain(told)
    expect(problem.fields).toHaveLength(1)
  })
  it('is refused one that the examiner gives up on', async () => {
    const examiner = { ...stage.deps.examiner, readScan: () => Promise.reject(new ExaminerGaveUp()) }
    const elsewhere = await buildApp({ ...stage.deps, examiner }, features({ ...stage.deps, examiner }))
    const base = await elsewhere.listen({ host: '127.0.0.1', port: 0 })
    const answer = await send(await Person.signIn(base, cast.tester.name, password), 'anything')
    expect([answer.status, ((await answer.json()) as { rule: string }).rule]).toEqual([422, 'IMPORT-1'])
    await elsewhere.close()
  })
  it('is refused one that is larger than it said and than may be', async () => {
    const asked = request(`${stage.base}/api/engagements/${engagementId}/imports/preview`, {
      method: 'PUT',
      headers: { cookie: cast.tester.cookie, 'x-zhongheng': '1', 'content-type': 'application/octet-stream' },
    })
    const { resolve, promise } = Promise.withResolvers<number>()
    asked.on('response', (answer) => resolve(answer.statusCode ?? 0)).on('error', () => resolve(0))
    // No length is named: in pieces, until somebody says that it is enough.
    asked.end(Buffer.alloc(attachmentLimits.bytes + 1, 'x'))
    expect(await promise).toBe(413)
    asked.destroy()
  })
  it('is refused what is no file', async () => {
    const answer = await cast.tester.fetch(key, { params: { engagementId } })
    expect(answer.status).toBe(415)
  })
})

describe('a tester who gives more files at once', () => {
  it('has three of them read, and is told to wait with the fourth', async () => {
    const text = line(address(), { name: 'XSS', severity: 'low' })
    const begun = Array.from({ length: importsAtOnce }, () => slowly(cast.tester2, text))
    try {
      const folder = join(stage.folder, 'attachments', engagementId)
      const begunFiles = async () => (await readdir(folder)).filter((name) => name.startsWith('aside-')).length
      await expect.poll(begunFiles, { timeout: 20_000 }).toBe(importsAtOnce)
      const fourth = await send(cast.tester2, text)
      expect([fourth.status, await fourth.json()]).toMatchObject([429, { rule: 'ATTACH-5' }])
      // Only theirs: another tester's are read.
      expect((await send(cast.tester, text)).status).toBe(200)
    } finally {
      for (const one of begun) one.finish()
    }
    expect(await Promise.all(begun.map(({ status }) => status))).toEqual([200, 200, 200])
    expect((await send(cast.tester2, text)).status).toBe(200)
  })
})

/** Sends all but the last byte, and that one when told to. */
function slowly(person: Person, text: string): { status: Promise<number>; finish(): void } {
  const bytes = Buffer.from(text)
  const path = `/api/engagements/${engagementId}/imports/preview`
  const asked = request(`${stage.base}${path}`, {
    method: 'PUT',
    headers: {
      cookie: person.cookie,
      'x-zhongheng': '1',
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
    },
  })
  const status = new Promise<number>((resolve, reject) => {
    asked.on('error', reject)
    asked.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode ?? 0)))
  })
  asked.write(bytes.subarray(0, -1))
  return { status, finish: () => void asked.end(bytes.subarray(-1)) }
}

describe('anybody else', () => {
  it('of the engagement may not, and a stranger is told of nothing', async () => {
    const file = line(address(), { name: 'x' })
    expect((await send(cast.organizer, file)).status).toBe(403)
    expect((await send(cast.auditor, file)).status).toBe(403)
    const other = await assemble(stage, 'b', cast)
    expect((await send(other.tester, file)).status).toBe(404)
  })
  it('PUB-UP-10: goes on while a file of a million results is counted', async () => {
    const million = Buffer.from(
      `<NessusClientData_v2><ReportHost name="h">${'<ReportItem severity="1"/>'.repeat(1_000_000)}</ReportHost></NessusClientData_v2>`,
    )
    let done = false
    const counted = cast.tester.fetch(key, { params: { engagementId }, bytes: million }).finally(() => {
      done = true
    })
    let meanwhile = 0
    while (!done) {
      expect((await cast.organizer.call('GET /api/findings', { query: { engagementId } })).findings).toBeInstanceOf(
        Array,
      )
      if (!done) meanwhile++
    }
    expect((await counted).status).toBe(422)
    // Others were answered again and again before the one was: its work is not done where theirs is.
    expect(meanwhile).toBeGreaterThan(3)
  })
})
