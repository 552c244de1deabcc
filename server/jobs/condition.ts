import { seconds } from '@zhongheng/domain/shared/clock.ts'
import { look } from '../features/installation/look.ts'
import type { Deps } from '../work/deps.ts'
import { everySoOften, type Stop } from './rounds.ts'

/** How often a server looks. */
const every = seconds(5)

/**
 * Looks every few seconds, so that reading the page costs nothing and "since when" is known.
 * @returns stops it
 */
export const startConditionWatch = (deps: Deps, onFault: (error: unknown) => void): Stop =>
  everySoOften(() => look(deps), every, onFault).stop
