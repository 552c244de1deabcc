import type { SealingView } from '@zhongheng/contracts/http/sealing.ts'
import type { Keeper } from '../../sealing/keepers.ts'
import type { Work } from '../../work/work.ts'

/** How the keys are kept; nothing by which one could be found or opened. */
export function viewSealing({ deps: { keys } }: Work): SealingView {
  return {
    keeper: keeperOf(keys.keeper),
    suite: keys.suite.name,
    keys: keys
      .kekVersions()
      .map(({ version, madeAt }) => ({ version, madeAt }))
      .toReversed(),
  }
}

function keeperOf(keeper: Keeper): SealingView['keeper'] {
  if (keeper.kind === 'shares') return { kind: 'shares', needed: keeper.needed, of: keeper.of }
  if (keeper.kind === 'token') return { kind: 'token', token: keeper.token }
  return { kind: keeper.kind }
}
