import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Cast, assemble, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { type Stage, openStage } from '../scenes/stage.ts'

/* Somebody decides on what they saw: where it was changed meanwhile, the decision is about another thing and is refused. */
let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage()
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
})
afterAll(() => stage.close())

const version = 99
const refused = async (answer: Promise<Response>) => ((await (await answer).json()) as { rule?: string }).rule

it('a decision on a finding that was changed meanwhile is refused', async () => {
  const findingId = await submittedFinding(stage, engagementId, cast.tester)
  const pass = cast.organizer.fetch('POST /api/engagements/:engagementId/findings/:findingId/moves', {
    params: { engagementId, findingId },
    body: { move: 'pass', version, reason: '已按步骤复现，结论成立。', severity: 'high', cites: '授权范围第 1 条' },
  })
  expect(await refused(pass)).toBe('VERSION-1')
})

it('a tester’s grade and place in the engagement are decided on what stands there now', async () => {
  const { personId } = await cast.tester.call('GET /api/me', {})
  const grade = cast.organizer.fetch('POST /api/testers/:personId/grade', {
    params: { personId },
    body: { grade: 2, basis: 'history', note: '既往成果良好', version },
  })
  expect(await refused(grade)).toBe('VERSION-1')
  const { enrollments } = await cast.organizer.call('GET /api/engagements/:engagementId/enrollments', {
    params: { engagementId },
  })
  const remove = cast.organizer.fetch('POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision', {
    params: { engagementId, enrollmentId: enrollments[0]?.enrollmentId },
    body: { verdict: 'remove', reason: '违反测试规则，予以移出。', version },
  })
  expect(await refused(remove)).toBe('VERSION-1')
})

it('a colleague’s posts, and where a house and its people are, the same', async () => {
  const { members } = await cast.demand.call('GET /api/members', {})
  const member = members[0]?.personId
  const change = cast.demand.fetch('PATCH /api/members/:personId', {
    params: { personId: member },
    body: { posts: ['member'], version },
  })
  expect(await refused(change)).toBe('VERSION-1')
})

it('a rule of the house and who works on an engagement, the same', async () => {
  const separate = cast.demand.fetch('PUT /api/separation', { body: { separated: true, version } })
  expect(await refused(separate)).toBe('VERSION-1')
  const give = cast.demand.fetch('PUT /api/engagements/:engagementId/work-team', {
    params: { engagementId },
    body: { grants: [], version },
  })
  expect(await refused(give)).toBe('VERSION-1')
})
