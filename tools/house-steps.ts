import { join } from 'node:path'
import type { Step } from './steps.ts'

/** The checks that look at the source without running it. */
export function sourceSteps(root: string): readonly Step[] {
  const program = (path: string): string => join(root, 'node_modules', path)
  return [
    { name: 'types', command: process.execPath, args: [program('ts7/bin/tsc'), '--noEmit', '-p', 'tsconfig.json'] },
    { name: 'lint', command: program('.bin/oxlint'), args: ['--type-aware', '--deny-warnings'] },
    { name: 'format', command: program('.bin/biome'), args: ['format', '.'] },
  ]
}

/** The test projects of `vitest.config.ts` in the order in which everything is run; a group runs at once. */
export const projectGroups = [['pure', 'database'], ['slow'], ['journey']] as const

/**
 * A run of some test projects of `vitest.config.ts`; `report` is the JSON file to leave. `only` leaves out the other files, and the tests
 * whose name does not fit `name`, where there is one.
 */
export function testStep(
  root: string,
  projects: readonly string[],
  report: string,
  env: Step['env'] = {},
  only?: { readonly files: readonly string[]; readonly name?: string },
): Step {
  return {
    name: `tests (${projects.join(', ')})`,
    command: process.execPath,
    args: [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      ...(only === undefined
        ? []
        : [...only.files, ...(only.name === undefined ? [] : ['--testNamePattern', only.name])]),
      ...projects.flatMap((project) => ['--project', project]),
      '--passWithNoTests',
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    env,
  }
}
