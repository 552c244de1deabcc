import { describe, expect, it } from 'vitest'
import { Problem } from '../shared/problem.ts'
import { checkPackWish, packProgress, packStages, type PackStage, type PackWish } from './packs.ts'

const at = (day: number): Date => new Date(Date.UTC(2026, 10, day))
const wish = (more: Partial<PackWish>): PackWish => ({
  kind: 'engagement',
  findingId: null,
  from: null,
  to: null,
  ...more,
})

function refusedField(act: () => void): string | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    return error instanceof Problem ? error.fields[0]?.field : String(error)
  }
}

describe('what an evidence pack may be about', () => {
  it.each([wish({}), wish({ kind: 'finding', findingId: 'fnd_1' }), wish({ kind: 'period', from: at(1), to: at(2) })])(
    'is $kind',
    (one) => {
      expect(() => checkPackWish(one)).not.toThrow()
    },
  )

  it.each<[string, Partial<PackWish>, string]>([
    ['a finding that is not named', { kind: 'finding' }, 'body.findingId'],
    ['an engagement and a finding', { findingId: 'fnd_1' }, 'body.findingId'],
    ['a finding within a period', { kind: 'finding', findingId: 'fnd_1', to: at(2) }, 'body.to'],
    ['a period without a beginning', { kind: 'period', to: at(2) }, 'body.from'],
    ['a period without an end', { kind: 'period', from: at(1) }, 'body.to'],
    ['a period that ends as it begins', { kind: 'period', from: at(1), to: at(1) }, 'body.to'],
  ])('is not %s', (_, more, field) => {
    expect(refusedField(() => checkPackWish(wish(more)))).toBe(field)
  })
})

describe('progress', () => {
  it('never goes back from stage to stage and stays between 0 and 100', () => {
    const seen = (Object.keys(packStages) as PackStage[]).flatMap((stage) =>
      [-1, 0, 0.5, 1, 7].map((share) => packProgress(stage, share)),
    )
    expect(seen).toEqual([...seen].sort((a, b) => a - b))
    expect([seen[0], seen.at(-1)]).toEqual([0, 100])
  })
})
