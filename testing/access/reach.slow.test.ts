import type { EndpointKey } from '@zhongheng/contracts/http/index.ts'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { faultsOf } from './reach.ts'
import { type ReachScene, openReachScene } from './reach-scene.ts'
import { spoken } from './spoken.ts'

/*
 * Every route of the running server, put before everybody: strangers, logins that wait for something or were not confirmed for long, access
 * tokens, every post of every side, who is not among those that the house gave it to, who is abroad; with every object that is
 * another's. Each must get exactly as far as `spoken` says.
 */
let scene: ReachScene
beforeAll(async () => {
  scene = await openReachScene()
})
afterAll(() => scene.close())

it.each(Object.keys(spoken) as EndpointKey[])(
  '%s is reached by those whom it is for, and by nobody else',
  async (key) => {
    expect(await faultsOf(scene, key)).toEqual([])
  },
)
