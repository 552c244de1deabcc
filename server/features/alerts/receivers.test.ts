import { readAllowList } from '@zhongheng/domain/egress/destination.ts'
import { readingKeys, seenBy } from '@zhongheng/testing/attacks/scene.ts'
import { type Cast, assemble, inTesting } from '@zhongheng/testing/scenes/crowd-test.ts'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'

let stage: Stage
let cast: Cast
let engagementId: string
beforeAll(async () => {
  stage = await openStage({ settings: { egressAllow: readAllowList('soc.example') } })
  cast = await assemble(stage, 'a')
  engagementId = await inTesting(stage, cast)
})
afterAll(() => stage.close())

it('PUB-SS-05: the key of a webhook is shown once to who adds it, and in no answer that anybody reads later', async () => {
  const params = { engagementId }
  const added = await cast.organizer.call('POST /api/engagements/:engagementId/alert-receivers', {
    params,
    body: { name: '值班', channel: 'webhook', form: 'ocsf', address: 'https://soc.example/alerts', jurisdiction: 'CN' },
  })
  const secret = added.secret ?? expect.fail('no key was shown')
  expect(secret).toMatch(/^whsec_/)
  const key = secret.replace('whsec_', '')
  const receiverId = added.receivers[0]?.receiverId ?? ''
  const ids = (kind: string): string =>
    kind === 'engagement' ? engagementId : kind === 'alertReceiver' ? receiverId : ''
  for (const person of [cast.auditor, cast.organizer, cast.organizer2, cast.demand])
    for (const one of readingKeys) expect((await seenBy(person, one, ids)).body.includes(key), one).toBe(false)
  const tested = await cast.organizer.call('POST /api/engagements/:engagementId/alert-receivers/:receiverId/test', {
    params: { engagementId, receiverId },
  })
  expect(JSON.stringify(tested)).not.toContain(key)
  const rows = await stage.deps.database.kysely.selectFrom('alert_receivers').selectAll().execute()
  expect(rows[0]?.sealed_secret?.toString('latin1')).not.toContain(key)
})
