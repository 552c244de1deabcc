import { clockAt, minutes } from '@zhongheng/domain/shared/clock.ts'
import { makePolicy } from '@zhongheng/server/jobs/policy.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage, password } from '@zhongheng/testing/scenes/stage.ts'
import { Person } from '@zhongheng/tools/demo/person.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findAccessToken, tokenStillLives } from '../../sign-in/access-tokens.ts'

const clock = clockAt(new Date().toISOString())
let stage: Stage
let cast: Cast
let lin: Person
let gao: Person & { personId: string }
beforeAll(async () => {
  stage = await openStage({ clock })
  cast = await assemble(stage, 'a')
  const house = await stage.house('demand', '云帆二', [{ login: 'lin-2' }, { login: 'gao-2', posts: ['member'] }])
  lin = house.people['lin-2'] ?? expect.fail('Lin is missing')
  gao = house.people['gao-2'] ?? expect.fail('Gao is missing')
}, 120_000)
afterAll(() => stage.close())

type Posts = ('security_admin' | 'signatory' | 'member')[]
type Ends = { security_admin?: string; signatory?: string; member?: string }
const inMinutes = (n: number) => new Date(clock.now().getTime() + minutes(n)).toISOString()
async function give(by: Person, personId: string, posts: Posts, ends: Ends) {
  const { members } = await by.call('GET /api/members', {})
  const version = members.find((one) => one.personId === personId)?.version ?? 0
  return by.call('PATCH /api/members/:personId', { params: { personId }, body: { posts, ends, version } })
}
const mayInvite = async (who: Person) =>
  (await who.fetch('POST /api/invitations', { body: { name: '新人', posts: ['member'] } })).status

describe('a post that is given until a moment', () => {
  it('is held before it and not after it, by the same login', async () => {
    expect(
      await give(lin, gao.personId, ['security_admin', 'member'], { security_admin: inMinutes(30) }),
    ).toMatchObject({
      posts: ['security_admin', 'member'],
      postEnds: { security_admin: inMinutes(30) },
    })
    const again = await Person.signIn(stage.base, 'gao-2', password)
    expect(await mayInvite(again)).toBe(201)
    expect((await again.call('GET /api/me', {})).posts).toEqual(['security_admin', 'member'])
    clock.advance(minutes(30))
    expect(await mayInvite(again)).toBe(403)
    const me = await again.call('GET /api/me', {})
    expect(me.posts).toEqual(['member'])
    expect(me.may).not.toContain('members.invite')
  })
  it('ends for access tokens and for streams that they opened', async () => {
    await give(lin, gao.personId, ['signatory', 'member'], { signatory: inMinutes(30) })
    const again = await Person.signIn(stage.base, 'gao-2', password)
    const { token } = await again.call('POST /api/account/tokens', {
      body: { name: '脚本', scopes: ['findings:read'], days: 1 },
    })
    const found = (await findAccessToken(stage.deps, token)) ?? expect.fail('the token holds')
    expect(found.actor.posts).toEqual(['signatory', 'member'])
    const lives = () => tokenStillLives(stage.deps, found.tokenId, found.actor.posts)
    expect(await lives()).toBe(true)
    clock.advance(minutes(30))
    expect(await lives()).toBe(false)
    expect((await findAccessToken(stage.deps, token))?.actor.posts).toEqual(['member'])
  })
  it('is told to the gateway beforehand, as the end of the lease', async () => {
    const engagementId = await inTesting(stage, cast)
    const { personId } = await cast.tester.call('GET /api/me', {})
    const closes = async () => {
      const { signed } = await makePolicy(stage.deps, 1)
      const policy = JSON.parse(signed.payload) as {
        engagements: { engagementId: string; leases: { testerId: string; closesAt: string }[] }[]
      }
      return policy.engagements
        .find((one) => one.engagementId === engagementId)
        ?.leases.find((lease) => lease.testerId === personId)?.closesAt
    }
    const before = await closes()
    const end = inMinutes(5)
    await stage.deps.database.kysely
      .updateTable('persons')
      .set({ post_ends: { member: end, signatory: end } })
      .where('id', '=', personId)
      .execute()
    expect(await closes()).toBe(end)
    expect(end < (before ?? '')).toBe(true)
  })
  it('leaves no house without an admin who has no end', async () => {
    const { personId } = await lin.call('GET /api/me', {})
    await expect(
      give(lin, personId, ['security_admin', 'signatory', 'member'], { security_admin: inMinutes(30) }),
    ).rejects.toMatchObject({
      status: 409,
      rule: 'MEMBER-1',
    })
  })
  it('is refused with an end that is past, or of a post that is not given', async () => {
    for (const ends of [{ member: inMinutes(-1) }, { security_admin: inMinutes(30) }])
      await expect(give(lin, gao.personId, ['member'], ends)).rejects.toMatchObject({ status: 422 })
  })
  it('given longer is given anew, and waits for a second person where the house says so', async () => {
    const mai = (await stage.house('demand', '云帆三', [{ login: 'lin-3' }, { login: 'mai-3', posts: ['signatory'] }]))
      .people
    const [three, other] = [mai['lin-3'], mai['mai-3']]
    if (!three || !other) expect.fail('both are there')
    await give(three, other.personId, ['signatory'], { signatory: inMinutes(60) })
    await three.call('PUT /api/two-person-rules', {
      body: { members: true, exports: false, disposals: false, version: 0 },
    })
    await give(three, other.personId, ['signatory'], { signatory: inMinutes(30) })
    await expect(give(three, other.personId, ['signatory'], { signatory: inMinutes(90) })).rejects.toMatchObject({
      status: 409,
      rule: 'TWO-1',
    })
  })
})
