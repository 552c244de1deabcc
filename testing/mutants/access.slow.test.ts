import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { posts } from '@zhongheng/domain/access/actor.ts'
import { expect, it } from 'vitest'
import { conditionMutants } from './conditions.ts'
import { fileOf } from './test-files.ts'

it('a condition is taken out, turned round and widened in every way it can be', () => {
  const source = `export const may = (held: Post[]) => held.some((one) => ['member'].includes(one)) && !blocked`
  const mutants = conditionMutants('may.ts', source, posts).map((one) =>
    one.source.slice(source.indexOf('=> held') + 3),
  )
  expect(mutants).toContain('(!blocked)')
  expect(mutants).toContain(`held.every((one) => ['member'].includes(one)) && !blocked`)
  expect(mutants).toContain(`held.some((one) => ['member', 'audit_admin'].includes(one)) && !blocked`)
  expect(mutants).toContain(`held.some((one) => ['member'].includes(one)) && (blocked)`)
})

it('of the mutants of who may what, the fast tests find at least 95 of 100', async () => {
  // In a process of its own: the files are loaded past the test runner.
  const { stdout } = await promisify(execFile)(process.execPath, [fileOf('testing/mutants/access.ts')]).catch(
    (error: Error & { stdout?: string }) => ({ stdout: `failed\n${error.stdout ?? error.message}` }),
  )
  console.log(stdout)
  expect(stdout).not.toMatch(/^failed/)
  expect(stdout).toMatch(/^access: \d+ mutants, \d+ killed/m)
})
