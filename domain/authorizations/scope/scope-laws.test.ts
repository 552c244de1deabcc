import { describe, expect, it } from 'vitest'
import { explainScope } from '../judge.ts'
import { pathOnly, readPath } from '../path.ts'
import { parseAbsoluteTarget, type Target } from '../target.ts'
import { type CompiledRule, type CompiledScope, compileScope } from './compile.ts'
import { decideScope } from './match.ts'
import { beats, hostMatches, pathMatches, portMatches } from './patterns.ts'
import { readScopeLines } from './read-lines.ts'

/** A small generator with a fixed seed: a failure can be run again as it was. */
function dice(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  const below = (n: number): number => Math.floor(next() * n)
  const pick = <T>(from: readonly T[]): T => from[below(from.length)] as T
  return { below, pick }
}
type Dice = ReturnType<typeof dice>

// Few names, so that rules and targets meet often.
const names = [
  'x.example',
  'a.x.example',
  'b.x.example',
  'a.b.x.example',
  'dev1.b.x.example',
  'y.example',
  'a.y.example',
]
const stars = ['*.x.example', '*.b.x.example', '*dev*.x.example', 'a.*.x.example', '*.*.x.example', 'a*.x.example']
const addresses = ['10.0.0.1', '10.0.0.7', '10.0.1.9']
const ranges = ['10.0.0.0/24', '10.0.0.0/30', '10.0.0.5-10.0.0.9', '10.0.0.0/16', '10.0.0.7']
const paths = ['', '', '', '/api', '/api/v1', '/api/*/x', '/*/v1', '/logout']
const ports = ['', '', '', ':8443', ':80,8443', ':*']
const targetPaths = ['/', '/api', '/api/v1', '/api/v1/x', '/API/v1', '/logout', '/a/%2e%2e/logout', '/api/..%2flogout']

const someAsset = (d: Dice): string =>
  d.below(4) === 0 ? d.pick(ranges) : `${d.pick(d.below(2) === 0 ? names : stars)}${d.pick(ports)}${d.pick(paths)}`
const someScope = (d: Dice): string[] =>
  Array.from({ length: 1 + d.below(7) }, () => `${d.below(3) === 0 ? '!' : ''}${someAsset(d)}`)
const someUrl = (d: Dice): string =>
  `https://${d.below(4) === 0 ? d.pick(addresses) : d.pick(names)}${d.pick(['', ':80', ':8443', ':9000'])}${d.pick(targetPaths)}`

const compile = (lines: readonly string[]): CompiledScope =>
  compileScope(readScopeLines(lines.join('\n')), { versionId: 'law' }).scope
const read = (url: string): Target => {
  const reading = parseAbsoluteTarget(url)
  if (!reading.ok) throw new Error(url)
  return reading.target
}
const allows = (scope: CompiledScope, url: string): boolean => decideScope(scope, read(url)).in

/** The rule of precedence once more, over all rules and without any index. */
function allowsPlainly(scope: CompiledScope, target: Target): boolean {
  return readPath(pathOnly(target.path ?? '/')).every((path) => {
    const matching = (effect: CompiledRule['effect']): CompiledRule[] =>
      scope.rules.filter(
        (rule) =>
          rule.effect === effect &&
          hostMatches(rule.host, effect, target.host, target.address) &&
          portMatches(rule.ports, effect, target.port) &&
          pathMatches(rule.path, effect, path),
      )
    const inclusions = matching('in')
    return inclusions.length > 0 && matching('out').every((out) => inclusions.some((one) => beats(one, out)))
  })
}

describe('laws that hold for every scope', { timeout: 60_000 }, () => {
  it('adding an exclusion never widens it', () => {
    const d = dice(43741)
    let denials = 0
    for (let round = 0; round < 1500; round++) {
      const lines = someScope(d)
      const before = compile(lines)
      const after = compile([...lines, `!${someAsset(d)}`])
      for (let probe = 0; probe < 6; probe++) {
        const url = someUrl(d)
        if (allows(before, url)) continue
        denials++
        expect(allows(after, url), `${lines.join(' ')} ${url}`).toBe(false)
      }
    }
    expect(denials).toBeGreaterThan(1000)
  })

  it('an inclusion never narrows it, and the order of rows means nothing', () => {
    const d = dice(32914)
    for (let round = 0; round < 700; round++) {
      const lines = someScope(d)
      const wider = compile([...lines, someAsset(d)])
      const turned = compile(lines.toReversed())
      const scope = compile(lines)
      for (let probe = 0; probe < 6; probe++) {
        const url = someUrl(d)
        expect(allows(turned, url), `${lines.join(' ')} ${url}`).toBe(allows(scope, url))
        if (allows(scope, url)) expect(allows(wider, url), `${lines.join(' ')} ${url}`).toBe(true)
      }
    }
  })

  it('the index answers as a walk over all rules would', () => {
    const d = dice(6962)
    let passed = 0
    for (let round = 0; round < 1500; round++) {
      const lines = Array.from({ length: 3 }, () => someScope(d)).flat()
      const scope = compile(lines)
      const url = someUrl(d)
      const expected = allowsPlainly(scope, read(url))
      passed += expected ? 1 : 0
      expect(allows(scope, url), `${lines.join(' ')} ${url}`).toBe(expected)
    }
    expect(passed).toBeGreaterThan(100)
  })

  it('a look-alike of a listed name is never let through', () => {
    const lookAlikes = (host: string): string[] => [
      `https://${host}.evil.test/`,
      `https://not${host}.evil.test/`,
      `https://${host}@evil.test/`,
      `https://${host}%2eevil.test/`,
      `https://${host}:x@evil.test/`,
      `https://evil.test/${host}`,
      `https://evil.test#${host}`,
      `https://evil.test?${host}`,
      `https://evil.test\\.${host}/`,
      `https://evil.test\\@${host}/`,
      `https://${host.replaceAll('.', '。')}/`,
      `https://${host.replace('x', 'х')}/`,
      `https://${host.replaceAll('.', '')}.test/`,
      `https://evil${host.split('.').slice(-2).join('.')}/`,
    ]
    const d = dice(9457)
    for (let round = 0; round < 150; round++) {
      const lines = someScope(d)
      const scope = compile(lines)
      for (const url of names.flatMap(lookAlikes)) {
        expect(explainScope(scope, url).verdict, `${lines.join(' ')} ${url}`).toBe('deny')
      }
    }
  })

  it('no spelling of an excluded path gets by', () => {
    const d = dice(3986)
    const scope = compile(['x.example', '!x.example/admin/logout'])
    const spell = (text: string): string =>
      [...text]
        .map((char) => {
          const code = char.charCodeAt(0).toString(16)
          if (char === '/') return d.pick(['/', '/', '//', '/./', '/q/../', '/%2e/', '/q/%2e%2e/', '\\', '%2f', '/;a/'])
          return d.pick([char, char, char, char.toUpperCase(), `%${code}`, `%25${code}`])
        })
        .join('')
    for (let round = 0; round < 3000; round++) {
      const path = `/${spell('admin/logout')}${d.pick(['', '/', '?a=/b', ';v=1', '/x', '%00', '.', '%20'])}`
      expect(explainScope(scope, `https://x.example${path}`).verdict, path).toBe('deny')
    }
  })
})
