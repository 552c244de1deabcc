import { request } from 'node:http'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { openRecorderPort } from '@zhongheng/server/ports/recorder.ts'
import { describe, expect, it } from 'vitest'
import { freshFolder, headOf, openDesk, record, shop } from '../fixtures/recording.ts'

type Answer = { readonly status: number; readonly type: string | undefined; readonly text: string }

const ask = (socketPath: string, method: string, path: string, body?: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const outgoing = request({ socketPath, method, path }, (incoming) => {
      let text = ''
      incoming.on('data', (part: Buffer) => (text += part.toString()))
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, type: incoming.headers['content-type'], text }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

describe('the control socket', () => {
  it.each([
    ['GET', '/nothing', undefined, 404, 'not_found'],
    ['POST', '/status', undefined, 404, 'not_found'],
    ['GET', '//', undefined, 400, 'malformed'],
    ['GET', '/feed?after=-1', undefined, 400, 'malformed'],
    ['GET', '/feed?after=1e3', undefined, 400, 'malformed'],
    ['GET', '/feed?limit=0', undefined, 400, 'malformed'],
    ['GET', '/feed?limit=1001', undefined, 400, 'malformed'],
    ['GET', '/feed?wait=30001', undefined, 400, 'malformed'],
    ['GET', '/feed?after=99', undefined, 400, 'malformed'],
    ['PUT', `/engagements/${shop}/key`, '', 400, 'malformed'],
    ['PUT', `/engagements/${shop}/key`, 'null', 400, 'malformed'],
    ['PUT', `/engagements/${shop}/key`, '{"dataKey":"AAAA"}', 400, 'malformed'],
    ['PUT', `/engagements/${shop}/key`, '{"dataKey":"' + 'A'.repeat(43) + '=","more":1}', 400, 'malformed'],
    ['PUT', `/engagements/${shop}/key`, `"${'A'.repeat(2000)}"`, 400, 'malformed'],
    ['PUT', '/engagements/..%2f..%2fetc/key', '{}', 400, 'malformed'],
    ['GET', `/engagements/${shop}/exchanges/..%2f/request`, undefined, 400, 'malformed'],
    ['GET', `/engagements/${shop}/exchanges/xch_none/request`, undefined, 404, 'not_found'],
    ['GET', `/engagements/${shop}/exchanges/xch_none/proof`, undefined, 404, 'not_found'],
    ['POST', '/engagements/eng_none/seal', undefined, 404, 'not_found'],
  ] as const)('answers %s %s %s with %i %s', async (method, path, body, status, code) => {
    const { folder } = await openDesk()
    const answer = await ask(join(folder, 'ctl.sock'), method, path, body)
    expect(answer).toMatchObject({ status, type: 'application/json' })
    expect(JSON.parse(answer.text)).toMatchObject({ code, message: expect.any(String) })
  })

  it('says of an exchange that has not ended that it is not there yet', async () => {
    const { gateway, server } = await openDesk()
    const tap = gateway.open(headOf())
    const head = headOf()
    const open = gateway.open(head)
    await Promise.all([tap.written(), open.written()])
    await expect(server.proof(shop, head.exchangeId)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('wakes who waits for the feed as soon as there is something, and lets go who leaves', async () => {
    const { gateway, server } = await openDesk()
    const waiting = server.feed(0, { waitMs: 20_000 })
    const leaving = new AbortController()
    const left = server.feed(0, { waitMs: 20_000, signal: leaving.signal })
    leaving.abort()
    await expect(left).rejects.toMatchObject({ code: 'unavailable' })
    await record(gateway, headOf(), 'a', 'b')
    expect((await waiting).rows).toHaveLength(1)
  })

  it('can be reached by nobody but its own account', async () => {
    const { folder } = await openDesk()
    for (const name of ['in.sock', 'ctl.sock']) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
  })

  it('that is not there is a problem the server can tell, not a fault', async () => {
    const port = openRecorderPort(join(freshFolder(), 'none.sock'))
    await expect(port.status()).rejects.toMatchObject({ code: 'unavailable', rule: 'RECORDER-ABSENT' })
  })
})
