import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { withSwitches } from './act-checks.ts'
import { fileOf } from './test-files.ts'

it('a check inside an act is a refusal, a call of what only refuses, or a question whether somebody may', () => {
  const source = [
    'export async function give(work: Work): Promise<void> {',
    "  if (!may(work.actor, 'x', role)) throw notFound()",
    '  checkVersion(1, 2)',
    '  const second = await passSecondPerson(work, act)',
    '  if (second === null) throw notFound()',
    "  throw new Error('a fault of ours')",
    '}',
    "export const before = () => throttle(deps, 'x')",
  ].join('\n')
  const { checks } = withSwitches('give.ts', source, 7)
  expect(checks.map(({ number, name }) => `${number} ${name}`)).toEqual([
    "7 give.ts:2 not asked: may(work.actor, 'x', role)",
    '8 give.ts:2 not refused: throw notFound()',
    '9 give.ts:3 not called: checkVersion(1, 2)',
    '10 give.ts:4 not called: passSecondPerson(work, act)',
    '11 give.ts:5 not refused: throw notFound()',
    "12 give.ts:8 not called: throttle(deps, 'x')",
  ])
  expect(checks.map(({ key }) => key)).toContain('give.ts not refused: throw notFound() (2)')
})

it('of the checks inside the acts of some features, the tests of those find at least 95 of 100', async () => {
  // A part of them; `node testing/mutants/acts.ts` tries all. In a process of its own: the server is loaded with its switches.
  const features = ['features/administration/', 'features/corrections/']
  const { stdout } = await promisify(execFile)(process.execPath, [
    fileOf('testing/mutants/acts.ts'),
    '--known',
    '',
    '--tests',
    [...features, 'refusals/old-versions'].join(','),
    ...features,
  ]).catch((error: Error & { stdout?: string }) => ({ stdout: `failed\n${error.stdout ?? error.message}` }))
  console.log(stdout)
  expect(stdout).not.toMatch(/^failed/)
  expect(stdout).toMatch(/^acts: \d+ mutants, \d+ killed/m)
})
