import { defineConfig } from 'vitest/config'

const tests = (rooms: readonly string[], kind = ''): string[] =>
  rooms.map((room) => `${room}/**/*${kind}.test.{ts,tsx}`)
const never = ['**/node_modules/**', '**/dist/**', '.data/**', 'out/**']
const slowOnes = ['**/*.slow.test.ts', '**/*.journey.test.ts']

/** Rooms whose tests need no database; a run over these alone starts none. */
const pure =
  'bench cli contracts documents domain gateway ledger practice-target recorder registers tools web testing/adversarial testing/asvs testing/boundaries testing/browser'.split(
    ' ',
  )
const everywhere = ['*']
const postgres = './testing/postgres/global-setup.ts'

/**
 * Four projects. `npm run check` runs the two fast ones, `npm test` all. Test files share one module world per worker (ten times faster
 * than a new one for each file): a test must not leave global state behind.
 * Where real processes and a database take part, a failure is tried once more: a shared machine's pauses are no finding.
 */
export default defineConfig({
  test: {
    isolate: false,
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: { name: 'pure', include: tests(pure), exclude: [...never, ...slowOnes], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'database',
          include: tests(everywhere),
          exclude: [...never, ...slowOnes, ...tests(pure)],
          globalSetup: postgres,
          testTimeout: 60_000,
          retry: 1,
          hookTimeout: 90_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'slow',
          include: tests(everywhere, '.slow'),
          exclude: never,
          globalSetup: postgres,
          isolate: true,
          testTimeout: 240_000,
          retry: 1,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'journey',
          include: tests(everywhere, '.journey'),
          exclude: never,
          globalSetup: postgres,
          isolate: true,
          fileParallelism: false,
          testTimeout: 240_000,
          retry: 1,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
