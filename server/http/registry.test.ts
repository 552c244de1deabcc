import { type EndpointKey, http } from '@zhongheng/contracts/http/index.ts'
import { describe, expect, it } from 'vitest'
import { features } from '../features/all.ts'
import type { Deps } from '../work/deps.ts'
import { type Route, checkedBy, checkedRoutes, referenceFields } from './registry.ts'

// Declarations need no machinery: nothing is called here.
const routes = features({ settings: {} } as Deps)
const asOf = (key: EndpointKey, change: (route: Route) => Route | null): Route[] =>
  routes.flatMap((one) => (one.key === key ? (change(one) ?? []) : one))
const moves = 'POST /api/engagements/:engagementId/moves'

describe('the registry of routes', () => {
  it('is complete as the server declares it: one route for each endpoint of the contract', () => {
    expect(checkedRoutes(routes)).toHaveLength(Object.keys(http).length)
  })
  it('does not start while an endpoint has no route', () => {
    expect(() => checkedRoutes(asOf(moves, () => null))).toThrow(`${moves}: no route`)
  })
  it('does not start while a reference is not declared', () => {
    const bare = asOf(moves, (one) => ({ ...one, references: {} }))
    expect(() => checkedRoutes(bare)).toThrow(`${moves}: reference params.engagementId is not declared`)
  })
  it('does not start with a reference that the contract does not know: a spelling mistake checks nothing', () => {
    const wrong = asOf(moves, (one) => ({
      ...one,
      references: { ...one.references, 'params.engagmentId': checkedBy('nobody') },
    }))
    expect(() => checkedRoutes(wrong)).toThrow('params.engagmentId is declared but not in the contract')
  })
  it('does not start with a route twice, or with references behind a public door', () => {
    expect(() => checkedRoutes([...routes, ...routes.slice(0, 1)])).toThrow('declared twice')
    expect(() => checkedRoutes(asOf(moves, (one) => ({ ...one, access: 'public' })))).toThrow('may not take references')
  })
  it('lists every fault at once', () => {
    const faulty = asOf(moves, (one) => ({ ...one, references: {} })).filter((one) => one.key !== 'GET /api/me')
    expect(() => checkedRoutes(faulty)).toThrow(/GET \/api\/me: no route[\s\S]*is not declared/)
  })
})

describe('the fields that refer to something', () => {
  it('are found in paths, bodies and lists', () => {
    expect(referenceFields(http['POST /api/engagements/:engagementId/findings'])).toEqual([
      'params.engagementId',
      'body.cites[]',
      'body.attachments[]',
    ])
  })
  it('leave no path parameter out that is called an id', () => {
    for (const key of Object.keys(http) as EndpointKey[])
      for (const [, name = ''] of key.matchAll(/:(\w+Id)\b/g))
        expect(referenceFields(http[key]), key).toContain(`params.${name}`)
  })
})
