import { seconds } from '@zhongheng/domain/shared/clock.ts'
import { look } from '../features/installation/look.ts'
import type { Deps } from '../work/deps.ts'

/** How often a server looks. */
const every = seconds(5)

/**
 * Looks every few seconds, so that reading the page costs nothing and "since when" is known.
 * @returns stops it
 */
export function startConditionWatch(deps: Deps, onFault: (error: unknown) => void): () => Promise<void> {
  let running: Promise<unknown> | null = null
  const turn = (): void => {
    running ??= look(deps)
      .catch(onFault)
      .finally(() => {
        running = null
      })
  }
  const timer = setInterval(turn, every)
  turn()
  return async () => {
    clearInterval(timer)
    await running
  }
}
