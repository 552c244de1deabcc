import type { ReachScene } from '../access/reach-scene.ts'
import { faultsOf } from '../access/reach.ts'
import { equivalentRoutes } from './equivalent.ts'
import { type RouteMutant, routeMutants } from './route-mutants.ts'

export type RouteCount = {
  readonly tried: number
  readonly killed: number
  /** Named as changing nothing, and not noticed. */
  readonly equivalent: readonly string[]
  readonly survivors: readonly string[]
  /** Named so, though noticed or gone. */
  readonly unfounded: readonly string[]
}

/** Puts each mutant of what the routes declare, or those that are wanted, before the tries that are about it. */
export async function tryRoutes(
  scene: ReachScene,
  wanted: (mutant: RouteMutant, at: number) => boolean = () => true,
): Promise<RouteCount> {
  const mutants = routeMutants(scene)
  const survivors: string[] = []
  const equivalent: string[] = []
  const unfounded = Object.keys(equivalentRoutes).filter(
    (name) => !mutants.some((one) => `${one.key} ${one.name}` === name),
  )
  let tried = 0
  for (const [at, mutant] of mutants.entries()) {
    if (!wanted(mutant, at)) continue
    const name = `${mutant.key} ${mutant.name}`
    tried++
    mutant.apply()
    const faults = await faultsOf(scene, mutant.key, [mutant.about], 1)
    mutant.undo()
    const named = equivalentRoutes[name] !== undefined
    if (faults.length === 0) (named ? equivalent : survivors).push(name)
    else if (named) unfounded.push(name)
  }
  return { tried, killed: tried - survivors.length - equivalent.length, equivalent, survivors, unfounded }
}

export const toldOfRoutes = ({ tried, killed, equivalent, survivors, unfounded }: RouteCount): string =>
  [
    `routes: ${tried} mutants, ${killed} killed, ${equivalent.length} equivalent with reasons, survivors: ${survivors.length === 0 ? 'none' : `\n  ${survivors.join('\n  ')}`}`,
    ...(unfounded.length === 0 ? [] : [`reasons that speak of no such mutant any more:\n  ${unfounded.join('\n  ')}`]),
  ].join('\n')
