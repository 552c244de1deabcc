import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ReachScene, openReachScene } from '../access/reach-scene.ts'
import { toldOfRoutes, tryRoutes } from './declared.ts'
import { routeMutants } from './route-mutants.ts'

let scene: ReachScene
beforeAll(async () => {
  scene = await openReachScene()
})
afterAll(() => scene.close())

it('every check that a route declares is taken out in some way', () => {
  const weakened = new Set(routeMutants(scene).map((one) => `${one.key} ${one.name.split(':')[0]}`))
  for (const { key, access, references } of scene.routes.values()) {
    if (access !== 'public') expect(weakened, key).toContain(`${key} open to anybody`)
    for (const [field, { about }] of Object.entries(references))
      if (!/checked by|directory|this installation|^time stamp$/.test(about))
        expect(weakened, key).toContain(`${key} ${field}`)
  }
})

it('is noticed, but for what is named with a reason', async () => {
  // A part of them; `node testing/mutants/routes.ts` tries all.
  const count = await tryRoutes(scene, (_mutant, at) => at % 8 === 0)
  console.log(toldOfRoutes(count))
  expect(count.survivors).toEqual([])
  expect(count.unfounded).toEqual([])
  expect(count.killed).toBeGreaterThan(150)
})
