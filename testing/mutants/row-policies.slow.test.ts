import { type RowWorld, openRowWorld } from '@zhongheng/testing/row-policies/world.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { toldOfPolicies, tryPolicies } from './policies.ts'
import { mutantsOfPolicy, readPolicies } from './policy-mutants.ts'
import { sqlMutants } from './sql-conditions.ts'

let world: RowWorld
beforeAll(async () => {
  world = await openRowWorld()
}, 120_000)
afterAll(() => world.close())

describe('a condition of the database', () => {
  const mutants = (condition: string): string[] => sqlMutants(condition).map((one) => one.text)
  it('loses each of its parts', () => {
    expect(mutants('((a IS NULL) AND (b = c))')).toEqual(
      expect.arrayContaining([
        '(true AND (b = c))',
        '((a IS NULL) AND true)',
        '((a IS NULL) OR (b = c))',
        '((a IS NOT NULL) AND (b = c))',
        '((a IS NULL) AND (b <> c))',
      ]),
    )
    expect(mutants('((a = b) OR (NOT c))')).toEqual(
      expect.arrayContaining(['(false OR (NOT c))', '((a = b) OR false)', '((a = b) OR ( c))']),
    )
  })
  it('loses them inside another question, too', () => {
    const question = "(id IN ( SELECT p.id FROM parties p WHERE ((p.role = 'x'::text) AND (p.at > now()))))"
    expect(mutants(question)).toEqual(
      expect.arrayContaining([
        question.replace("(p.role = 'x'::text)", 'true'),
        question.replace("((p.role = 'x'::text) AND (p.at > now()))", 'true'),
        question.replace('>', '>='),
        question.replace('IN', 'NOT IN'),
      ]),
    )
  })
  it('has no comparison in an operator that is longer', () => {
    expect(
      mutants("((ends ->> 'post'::text) = 'x'::text)").filter((one) => /->=|->|<@=/.test(one.replace('->>', ''))),
    ).toEqual([])
    expect(mutants("((ends ->> 'post'::text) > 'x'::text)")).toContain("((ends ->> 'post'::text) >= 'x'::text)")
  })
  it('loses a word of a list, and a column of a pair', () => {
    expect(mutants("(role = ANY (ARRAY['a'::text, 'b'::text]))")).toContain("(role = ANY (ARRAY['b'::text]))")
    expect(mutants('((a, b) IN ( SELECT f.c,\n f.d\n FROM f))')).toContain('((a) IN ( SELECT f.c\n FROM f))')
  })
})

describe('the row policies', () => {
  it('are each taken away, opened and shut', async () => {
    for (const policy of await readPolicies(world)) {
      const coarse = mutantsOfPolicy(policy).filter((one) => one.coarse)
      expect(coarse.length, policy.name).toBeGreaterThanOrEqual(policy.using === 'true' ? 3 : 2)
    }
  })
  it('are held: a specification notices each of these changes, but for those that are named with a reason', async () => {
    // A part of the fine ones; `node testing/mutants/row-policies.ts` tries all.
    const count = await tryPolicies([world], 4)
    console.log(toldOfPolicies(count))
    expect(count.survivors).toEqual([])
    expect(count.unfounded).toEqual([])
    expect(count.killed).toBeGreaterThan(1000)
  })
})
