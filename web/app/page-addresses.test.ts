import { createMemoryHistory, createRouter } from '@tanstack/react-router'
import { QueryClient } from '@tanstack/react-query'
import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { isPageAddress } from '@zhongheng/server/http/page-address.ts'
import { describe, expect, it } from 'vitest'
import { openPaths } from './open-paths.ts'
import { routeTree } from './routes.tsx'

const { routesByPath } = createRouter({
  routeTree,
  context: { queries: new QueryClient() },
  history: createMemoryHistory(),
})
const kinds = { engagementId: 'engagement', findingId: 'finding', exchangeId: 'exchange' } as const
/** The address of a page as somebody has it in a link. */
const addressOf = (path: string): string =>
  path.replaceAll(/\$(\w+)/g, (_whole, name: keyof typeof kinds) =>
    makeId(kinds[name], new Date('2026-03-01T08:00:00Z'), new Uint8Array(10).fill(7)),
  )
const pages = Object.keys(routesByPath)

describe('the addresses of the pages', () => {
  it('are those of the router, with whatever an address carries after the question mark', () => {
    expect(pages).toEqual(expect.arrayContaining(['/', '/sign-in', '/engagements/$engagementId/traffic/$exchangeId']))
    expect(pages).toEqual(expect.arrayContaining([...openPaths]))
  })
  it.each(pages)('%s is served when it is opened or loaded again', (path) => {
    const address = addressOf(path)
    expect(address).not.toContain('$')
    expect(isPageAddress(address), address).toBe(true)
    expect(isPageAddress(`${address}?search=%2Forders%2F1.json&state=a.b`)).toBe(true)
  })
  it.each([
    '/check~',
    '/check.bak',
    '/.env',
    '/api/none',
    '/assets/a.js',
    '/ledger/checkpoint',
    '//x.invalid/',
    '/a;b',
  ])('%s is none', (address) => expect(isPageAddress(address)).toBe(false))
})
