import { describe, expect, it } from 'vitest'
import { parseConnectTarget, type Target } from '../target.ts'
import { type Compilation, compileScope } from './compile.ts'
import { describeScope } from './describe.ts'
import { handlingOf } from './match.ts'
import { readScopeLines } from './read-lines.ts'

const compiled = (text: string): Compilation => compileScope(readScopeLines(text), { versionId: 'scv_x' })
const at = (text: string): Target => {
  const reading = parseConnectTarget(text)
  if (!reading.ok) throw new Error(text)
  return reading.target
}
const handled = (scope: string, target: string): string => handlingOf(compiled(scope).scope, at(target))

describe('a scope row marked @tunnel or @raw', () => {
  it('holds for its own hosts and ports alone', () => {
    const scope = 'pinned.example @tunnel\ndb.example:5432 @RAW\nshop.example'
    expect(handled(scope, 'pinned.example:443')).toBe('tunnel')
    expect(handled(scope, 'db.example:5432')).toBe('raw')
    expect(handled(scope, 'shop.example:443')).toBe('intercept')
    expect(handled(scope, 'pinned.example:8443')).toBe('intercept')
    expect(handled(scope, 'other.example:443')).toBe('intercept')
  })
  it('gives way to a more specific row, and to doubt', () => {
    expect(handled('*.x.example @tunnel\na.x.example', 'a.x.example:443')).toBe('intercept')
    expect(handled('*.x.example\na.x.example @tunnel', 'a.x.example:443')).toBe('tunnel')
    expect(handled('a.x.example @tunnel\na.x.example @raw', 'a.x.example:443')).toBe('intercept')
    expect(handled('a.x.example @tunnel\na.x.example', 'a.x.example:443')).toBe('intercept')
  })
  it('gives way to an exclusion', () => {
    expect(handled('*.x.example @tunnel\n!a.x.example', 'a.x.example:443')).toBe('intercept')
  })
  it.each([
    'shop.example @tunnel\n!shop.example/logout',
    'shop.example @raw\nshop.example/api',
    'shop.example/api @tunnel',
    '*.shop.example @tunnel\n!a.shop.example/logout',
    'shop.example @tunnel\n!*.example/logout',
    'shop.example @tunnel\n!s*.example/logout',
  ])('is refused where a path rule speaks of the object: %j', (text) => {
    const { scope, questions } = compiled(text)
    expect(scope.rules.filter((rule) => rule.handling !== undefined)).toEqual([])
    expect(handlingOf(scope, at('shop.example:443'))).toBe('intercept')
    expect(questions.filter((one) => one.kind === 'handling_path').map((one) => one.why.en)).toEqual([
      expect.stringContaining('tunnel or raw mode refused: this object has path rules'),
    ])
  })
  it('means nothing on an exclusion, and says so', () => {
    const { scope, questions } = compiled('shop.example\n!blog.example @raw')
    expect(scope.rules.some((rule) => rule.handling !== undefined)).toBe(false)
    expect(questions.map((one) => one.kind)).toContain('handling_path')
  })
  it('is printed in the letter', () => {
    const [line] = describeScope(compiled('pinned.example @tunnel').scope)
    expect(line?.reads.en).toContain('TLS is not opened')
    expect(line?.reads.zh).toContain('TLS 不解密')
  })
  it('is no part of the asset, and other words after @ are', () => {
    expect(readScopeLines('pinned.example @tunnel # app').at(0)).toMatchObject({
      asset: 'pinned.example',
      handling: 'tunnel',
      note: 'app',
    })
    expect(readScopeLines('pinned.example @other').at(0)).toMatchObject({ asset: 'pinned.example @other' })
  })
})
