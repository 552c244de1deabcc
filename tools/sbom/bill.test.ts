import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { billOf } from './bill.ts'
import { sbomCommand } from './command.ts'
import { cyclonedxFaults } from './cyclonedx-faults.ts'
import { type Lock, nameAt } from './lock.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as Lock
const bill = billOf(lock)
const digest = (fill: string): string => `sha512-${fill.repeat(86)}==`

describe('the bill of materials', () => {
  it('names every package of the lock file: its version, its place, its digest, its licence', () => {
    const told = new Map(
      [bill.metadata.component, ...bill.components].flatMap((one) => one.properties.map(({ value }) => [value, one])),
    )
    const packages = Object.entries(lock.packages).filter(([, entry]) => entry.link !== true)
    expect(packages.length).toBeGreaterThan(500)
    expect(told.size).toBe(packages.length)
    for (const [place, entry] of packages) {
      const one = told.get(place)
      const full = one?.group === undefined ? one?.name : `${one.group}/${one.name}`
      expect(full, place).toBe(nameAt(place, entry))
      expect(one?.version, place).toBe(entry.version)
      expect(one?.licenses?.length ?? 0, place).toBe(entry.license === undefined ? 0 : 1)
      const [hash] = one?.hashes ?? []
      const integrity = hash && `sha512-${Buffer.from(hash.content, 'hex').toString('base64')}`
      expect(integrity, place).toBe(entry.integrity)
    }
  })

  it('keeps the rules of CycloneDX 1.6', () => {
    expect(cyclonedxFaults(JSON.parse(JSON.stringify(bill)))).toEqual([])
  })

  it('says who needs whom, from the root to the last package', () => {
    const needs = new Map(bill.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))
    const reached = new Set([bill.metadata.component['bom-ref']])
    for (const ref of reached) for (const next of needs.get(ref) ?? []) reached.add(next)
    expect(bill.components.map((one) => one['bom-ref']).filter((ref) => !reached.has(ref))).toEqual([])
    const server = `pkg:npm/%40zhongheng/server@${lock.packages['server']?.version}`
    expect(needs.get(server)?.join(' ')).toContain('pkg:npm/fastify@')
  })

  it('takes the copy that Node would load, and tells an alias by its own name', () => {
    const made = billOf({
      packages: {
        '': { name: 'house', version: '1.0.0', dependencies: { old: '1.0.0', user: '1.0.0' } },
        'node_modules/old': { name: 'real', version: '1.0.0', integrity: digest('A'), license: 'MIT OR ISC' },
        'node_modules/user': { version: '1.0.0', integrity: digest('B'), dependencies: { old: '2.0.0' } },
        'node_modules/user/node_modules/old': { version: '2.0.0+x', integrity: digest('C') },
      },
    })
    expect(made.dependencies).toEqual([
      { ref: 'pkg:npm/house@1.0.0', dependsOn: ['pkg:npm/real@1.0.0', 'pkg:npm/user@1.0.0'] },
      { ref: 'pkg:npm/old@2.0.0%2Bx', dependsOn: [] },
      { ref: 'pkg:npm/real@1.0.0', dependsOn: [] },
      { ref: 'pkg:npm/user@1.0.0', dependsOn: ['pkg:npm/old@2.0.0%2Bx'] },
    ])
    expect(made.components.find(({ name }) => name === 'real')?.licenses).toEqual([{ expression: 'MIT OR ISC' }])
  })

  it('does not depend on the order of the lock file', () => {
    const turned = { packages: Object.fromEntries(Object.entries(lock.packages).reverse()) }
    expect(JSON.stringify(billOf(turned))).toBe(JSON.stringify(bill))
  })

  it('is not made of a package without a digest', () => {
    const open = { packages: { ...lock.packages, 'node_modules/x': { version: '1.0.0' } } }
    expect(() => billOf(open)).toThrow('node_modules/x: no SHA-512')
  })
})

describe('the rules of CycloneDX', () => {
  const [first, second] = bill.components
  it.each([
    ['another version of the format', { ...bill, specVersion: '1.5' }],
    ['a field that the format does not know', { ...bill, author: 'Zhao' }],
    ['two components with one name', { ...bill, components: [first, first] }],
    ['a digest cut short', { ...bill, components: [{ ...first, hashes: [{ alg: 'SHA-512', content: 'abc' }] }] }],
    ['a component of no type', { ...bill, components: [{ ...first, type: 'thing' }] }],
    [
      'a licence that SPDX does not list',
      { ...bill, components: [{ ...first, licenses: [{ license: { id: 'X' } }] }] },
    ],
    ['a need of what is not there', { ...bill, dependencies: [{ ref: second?.purl, dependsOn: ['pkg:npm/none@1'] }] }],
    ['a time that is none', { ...bill, metadata: { ...bill.metadata, timestamp: 'today' } }],
  ])('are broken by %s', (_what, broken) => {
    expect(cyclonedxFaults(JSON.parse(JSON.stringify(broken)))).not.toEqual([])
  })
})

describe('npm run sbom', () => {
  const folder = mkdtempSync(join(tmpdir(), 'zh-sbom-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const said = { log: vi.spyOn(console, 'log').mockReturnValue(), error: vi.spyOn(console, 'error').mockReturnValue() }
  afterAll(() => Object.values(said).forEach((spy) => spy.mockRestore()))

  it('writes the same bytes each time, and a time only when it is told one', async () => {
    for (const name of ['one', 'two']) expect(await sbomCommand(root, ['--out', join(folder, name)])).toBe(0)
    const text = readFileSync(join(folder, 'one'), 'utf8')
    expect(readFileSync(join(folder, 'two'), 'utf8')).toBe(text)
    expect(text).not.toContain('timestamp')
    const at = '2026-11-21T00:00:00Z'
    expect(await sbomCommand(root, ['--out', join(folder, 'three'), '--at', at])).toBe(0)
    expect(JSON.parse(readFileSync(join(folder, 'three'), 'utf8'))).toMatchObject({ metadata: { timestamp: at } })
  })

  it.each([[[]], [['--out', 'x', '--at', 'today']], [['--what']]])('answers 2 to %j', async (words) => {
    expect(await sbomCommand(root, words)).toBe(2)
  })
})
