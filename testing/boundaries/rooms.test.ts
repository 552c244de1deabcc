import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { allImports, importsOf } from './imports.ts'
import { forbidden, reachedByTheWeb, reachesAcross } from './rooms.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const imports = allImports(root)

const complaints = (why: (one: (typeof imports)[number]) => string | undefined): string[] =>
  imports.flatMap((one) => {
    const reason = why(one)
    return reason === undefined ? [] : [`${one.from} imports ${one.specifier}: ${reason}`]
  })

describe('the rooms of the house', () => {
  it('import only what the design allows them', () => {
    expect(imports.length).toBeGreaterThan(100)
    expect(complaints(forbidden)).toEqual([])
  })

  it('have features on the server that read each other only through reads.ts', () => {
    expect(complaints(reachesAcross)).toEqual([])
  })

  it("send nothing to a browser that needs Node's built-ins", () => {
    const reached = reachedByTheWeb(imports)
    expect(
      complaints((one) => (one.kind === 'node' && reached.has(one.from) ? 'a browser has no such thing' : undefined)),
    ).toEqual([])
  })

  it('send no schema checker to a browser: it tries to make code out of text, which the page’s policy refuses', () => {
    const reached = reachedByTheWeb(imports)
    expect(
      complaints((one) =>
        one.specifier === 'zod' && !one.typeOnly && reached.has(one.from)
          ? 'the table of routes is for types'
          : undefined,
      ),
    ).toEqual([])
  })
})

describe('the rule about imports', () => {
  const judged = (file: string, line: string): string | undefined => {
    const [one] = importsOf(file, line)
    if (one === undefined) throw new Error(`no import found in: ${line}`)
    return forbidden(one) ?? reachesAcross(one)
  }

  it.each([
    ['domain/triage/moves.ts', `import { readFileSync } from 'node:fs'`, /built-ins/],
    [
      'domain/triage/moves.ts',
      `import { accept } from '../../server/features/triage/accept-finding.ts'`,
      /domain may import only/,
    ],
    ['domain/triage/moves.ts', `import { rows } from '@zhongheng/registers/load.ts'`, /only types/],
    [
      'gateway/proxy/connect.ts',
      `import {\n  may,\n} from '@zhongheng/domain/access/matrix.ts'`,
      /gateway may import only/,
    ],
    ['gateway/proxy/connect.ts', `const pg = await import('../../server/database/open.ts')`, /gateway may import only/],
    ['cli/verify.ts', `export { append } from '@zhongheng/ledger/log/append.ts'`, /cli may import only/],
    ['web/app/main.tsx', `import '@zhongheng/server/main/main.ts'`, /web may import only/],
    ['server/http/app.ts', `import { scene } from '@zhongheng/testing/scenes/scene.ts'`, /server may import only/],
    ['server/features/rewards/pay.ts', `import { store } from '../findings/store.ts'`, /only through its reads.ts/],
  ])('refuses in %s: %s', (file, line, reason) => {
    expect(judged(file, line)).toMatch(reason)
  })

  it.each([
    ['domain/triage/moves.ts', `import type { Row } from '@zhongheng/registers/load.ts'`],
    ['gateway/proxy/connect.ts', `import { judge } from '@zhongheng/domain/authorizations/judge.ts'`],
    ['server/features/rewards/pay.ts', `import { findingOf } from '../findings/reads.ts'`],
    ['server/features/rewards/pay.test.ts', `import { scene } from '@zhongheng/testing/scenes/scene.ts'`],
    ['web/app/main.tsx', `import { createRoot } from 'react-dom/client'`],
  ])('allows in %s: %s', (file, line) => {
    expect(judged(file, line)).toBeUndefined()
  })

  it('follows what a browser loads through other rooms', () => {
    const reached = reachedByTheWeb([
      ...importsOf('web/app/main.tsx', `import { verdicts } from '@zhongheng/contracts/http/findings.ts'`),
      ...importsOf('contracts/http/findings.ts', `import { digest } from '../records/digest.ts'`),
      ...importsOf('contracts/http/findings.ts', `import type { Leaf } from '../records/leaf.ts'`),
    ])
    expect([...reached]).toEqual(['web/app/main.tsx', 'contracts/http/findings.ts', 'contracts/records/digest.ts'])
  })

  it('does not take a comment or a text for an import', () => {
    expect(
      importsOf('domain/a.ts', `// import { x } from 'node:fs'\nconst text = "import { x } from 'node:fs'"`),
    ).toEqual([])
  })
})
