import { copyMarksIn } from '@zhongheng/contracts/records/copy-marks.ts'
import { type CaptureFormat, captureFormats } from '@zhongheng/contracts/records/capture-formats.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '@zhongheng/testing/scenes/crowd-test.ts'
import { recordedTraffic } from '@zhongheng/testing/scenes/recorded-traffic.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/* Whose copy a leaked file is: what is made for one reader bears the code of that reading, and nobody's name. */
let stage: Stage
let ours: Cast
let theirs: Cast
let engagementId: string
let findingId: string
beforeAll(async () => {
  stage = await openStage()
  ours = await assemble(stage, 'a')
  theirs = await assemble(stage, 'b', ours)
  engagementId = await inTesting(stage, ours)
  findingId = await submittedFinding(stage, engagementId, ours.tester)
  await recordedTraffic(stage, engagementId, ours.tester, [
    {
      request: Buffer.from('GET /a HTTP/1.1\r\nHost: shop\r\n\r\n'),
      response: Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
    },
  ])
}, 120_000)
afterAll(() => stage.close())

const trace = (person: Person, ...codes: string[]) => person.call('POST /api/copies/trace', { body: { codes } })
const exported = (person: Person, format: CaptureFormat) =>
  person.file('GET /api/engagements/:engagementId/captures', { params: { engagementId }, query: { format } } as never)
const codesIn = (bytes: Buffer): string[] => copyMarksIn(bytes.toString('utf8'))

describe('a leaked file', () => {
  it.each(Object.keys(captureFormats) as CaptureFormat[])(
    'of exported traffic says whose copy it is: %s',
    async (format) => {
      const [mine = '', ...none] = codesIn(await exported(ours.organizer2, format))
      expect(none).toEqual([])
      expect(codesIn(await exported(ours.auditor, format))).not.toEqual([mine])
      const { copies } = await trace(ours.organizer, mine)
      expect(copies).toMatchObject([
        { code: mine, personName: 'wu-cheng', what: 'captures', engagement: { engagementId } },
      ])
    },
  )
  it('holds no name and no id of its reader, a code alone', async () => {
    const text = (await exported(ours.organizer2, 'ndjson')).toString()
    const { personId } = await ours.organizer2.call('GET /api/me', {})
    expect(text).not.toContain(personId)
    expect(text).not.toContain('wu-cheng')
  })
  it('that is a letter is the same for everybody: its bytes are what was signed', async () => {
    const { letters } = await ours.organizer.call('GET /api/engagements/:engagementId/letters', {
      params: { engagementId },
    })
    const letter = (person: Person) =>
      person.file('GET /api/engagements/:engagementId/letters/:letterId/file.pdf', {
        params: { engagementId, letterId: letters[0]?.letterId ?? '' },
      })
    expect((await letter(ours.organizer)).equals(await letter(ours.demand))).toBe(true)
  })
  it('or a photograph of a page, by the code in its lines', async () => {
    const page = await ours.organizer2.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId, findingId },
    })
    const { copies } = await trace(ours.auditor, page.mark.code)
    expect(copies).toMatchObject([{ personName: 'wu-cheng', what: 'finding', subject: findingId }])
  })
})

describe('tracing a copy', () => {
  it('is for audit administrators, and for no tester', async () => {
    for (const person of [ours.organizer2, ours.tester])
      expect((await person.fetch('POST /api/copies/trace', { body: { codes: ['7QK39ZTM'] } })).status).toBe(403)
  })
  it('tells another house of nothing: a mark that it may not know answers like one that nobody made', async () => {
    const [code = ''] = codesIn(await exported(ours.auditor, 'ndjson'))
    expect((await trace(ours.demand, code)).copies).toHaveLength(1)
    expect(await trace(theirs.demand, code)).toEqual({ copies: [] })
    expect(await trace(theirs.demand, '00000000')).toEqual({ copies: [] })
    expect(await trace(theirs.auditor, code)).toEqual({ copies: [] })
  })
  it('is entered in the record of the house that asked, and in nobody else’s', async () => {
    const [code = ''] = codesIn(await exported(ours.organizer2, 'har'))
    const before = await entries(ours.auditor)
    const { copies } = await trace(ours.auditor, code, '00000000')
    const [latest, ...rest] = await entries(ours.auditor)
    expect(rest).toHaveLength(before.length)
    expect(latest).toMatchObject({
      text: { en: 'A leaked copy was traced' },
      detail: { zh: '2 个暗记，查明 1 个', en: '2 marks, 1 of them known' },
      by: { name: 'fang-a' },
    })
    const leaf = await stage.deps.database.kysely
      .selectFrom('events')
      .select('leaf')
      .where('id', '=', latest?.eventId ?? '')
      .executeTakeFirstOrThrow()
    expect(leaf.leaf).toContain(copies[0]?.eventId ?? '?')
    expect((await entries(ours.organizer)).map(({ eventId }) => eventId)).not.toContain(latest?.eventId)
    const { entries: timeline } = await ours.organizer.call('GET /api/engagements/:engagementId/ledger', {
      params: { engagementId },
      query: { limit: 200 },
    })
    expect(timeline.map(({ kind }) => kind)).not.toContain('copy.traced')
  })
  it('takes codes and nothing else', async () => {
    for (const codes of [[], ['7QK39ZT'], ['7qk39ztm'], ['7QK39ZTU'], Array.from({ length: 51 }, () => '7QK39ZTM')])
      expect((await ours.auditor.fetch('POST /api/copies/trace', { body: { codes } })).status).toBe(422)
  })
})

const entries = async (person: Person) =>
  (await person.call('GET /api/administration-record', { query: { area: 'copies', limit: 200 } })).entries
