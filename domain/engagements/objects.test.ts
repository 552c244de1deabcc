import { describe, expect, it } from 'vitest'
import { compileScope } from '../authorizations/scope/compile.ts'
import { readScopeLines } from '../authorizations/scope/read-lines.ts'
import { ownershipObjects } from './objects.ts'

const objectsOf = (...lines: string[]): string[] =>
  ownershipObjects(compileScope(readScopeLines(lines.join('\n')), { versionId: 'scv_1' }).scope)

describe('the objects whose ownership must be proven', () => {
  it('are the names, whatever path or port stands behind them', () => {
    expect(objectsOf('https://shop.example.com/cart', 'http://shop.example.com:8080/')).toEqual(['shop.example.com'])
  })
  it('are the base of a wildcard and the part behind a star within a name', () => {
    expect(objectsOf('*.yunfan.example')).toEqual(['yunfan.example'])
    expect(objectsOf('api-*.yunfan.example')).toEqual(['yunfan.example'])
    expect(objectsOf('*.dev.yunfan.example')).toEqual(['dev.yunfan.example'])
  })
  it('cover what lies below them, and not what merely ends alike', () => {
    expect(objectsOf('yunfan.example', 'shop.yunfan.example', 'a.b.yunfan.example')).toEqual(['yunfan.example'])
    expect(objectsOf('yunfan.example', 'evilyunfan.example')).toEqual(['evilyunfan.example', 'yunfan.example'])
  })
  it('are address ranges as they are written', () => {
    expect(objectsOf('203.0.113.0/28', '2001:db8::/126')).toHaveLength(2)
  })
  it('are never taken from exclusions', () => {
    expect(objectsOf('shop.yunfan.example', '! pay.yunfan.example')).toEqual(['shop.yunfan.example'])
  })
  it('leave no included rule without an object: nothing comes into scope unproven', () => {
    for (const line of ['*', '*.*', 'http://*/', 'yunfan.*', 'shop.*.example', '*.com', 'a*', '0.0.0.0/0']) {
      const { scope } = compileScope(readScopeLines(line), { versionId: 'scv_1' })
      const rules = scope.rules.filter((rule) => rule.effect === 'in')
      const objects = ownershipObjects(scope)
      if (rules.length > 0) expect(objects.length, line).toBeGreaterThan(0)
      for (const object of objects) expect(object, line).toMatch(/^[^*]+$/)
    }
  })
})
