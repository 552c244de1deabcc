import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { describe, expect, it } from 'vitest'
import { bank, bytesOf, complete, headOf, openDesk, record, rowsOf, shop } from './fixtures/recording.ts'

describe('recording an exchange', () => {
  it('gives back the same bytes that went in, and a row that tells of them', async () => {
    const { gateway, server } = await openDesk()
    const head = headOf()
    const request = Buffer.concat([
      Buffer.from('POST /odd HTTP/1.1\r\nhost : shop.example\r\nx: \t a\r\n\r\n'),
      Buffer.from([0, 255, 13, 10]),
    ])
    const response = Buffer.from('HTTP/1.1 200 很好\r\ncontent-length: 0\r\n\r\n')
    await record(gateway, head, request, response)

    expect(await bytesOf(server.request(shop, head.exchangeId))).toEqual(request)
    expect(await bytesOf(server.response(shop, head.exchangeId))).toEqual(response)
    const [row] = await rowsOf(server, 1)
    expect(row).toMatchObject({
      ...head,
      ...complete,
      sequence: 1,
      requestBytes: request.length,
      responseBytes: response.length,
    })
    expect(row).not.toHaveProperty('recovered')
  })

  it('gives a proof from which a stranger computes the digests and the root of the seal', async () => {
    const { gateway, server } = await openDesk()
    const heads = Array.from({ length: 7 }, () => headOf())
    for (const head of heads) await record(gateway, head, `GET /${head.exchangeId}`, 'HTTP/1.1 404 Not Found')
    for (const [index, head] of heads.entries()) {
      const proof = await server.proof(shop, head.exchangeId)
      const salted = Buffer.concat([
        Buffer.from(proof.requestSalt, 'hex'),
        await bytesOf(server.request(shop, head.exchangeId)),
      ])
      expect(proof.leaf.requestDigest).toBe(hash('sha256', salted))
      expect(proof.leafIndex).toBe(index)
      // RFC 6962, 2.1.1: walk from the leaf to the root.
      let node = hash('sha256', `\0${canonicalJson(proof.leaf)}`, 'buffer')
      let [at, last] = [proof.leafIndex, proof.segment.exchanges - 1]
      for (const step of proof.path.map((hex) => Buffer.from(hex, 'hex'))) {
        if (at % 2 === 1 || at === last) {
          node = hash('sha256', Buffer.concat([Buffer.of(1), step, node]), 'buffer')
          while (at % 2 === 0 && at !== 0) [at, last] = [at >> 1, last >> 1]
        } else node = hash('sha256', Buffer.concat([Buffer.of(1), node, step]), 'buffer')
        ;[at, last] = [at >> 1, last >> 1]
      }
      expect(node.toString('hex')).toBe(proof.segment.root)
    }
    const { seals } = await server.seals(0)
    expect(seals).toHaveLength(1)
    expect(seals[0]).toMatchObject({ position: 1, seal: { exchanges: 7, firstSequence: 1, lastSequence: 7 } })
  })

  it('keeps a refusal as an exchange of which nothing left the gateway', async () => {
    const { gateway, server } = await openDesk()
    const head = headOf({
      kind: 'refusal',
      refusal: { code: 'out_of_scope', rule: 'SCOPE-1', detail: 'one label beside' },
    })
    await gateway.refuse(head, { finishedAt: head.startedAt, status: 403, outcome: 'refused' })
    const [row] = await rowsOf(server, 1)
    expect(row).toMatchObject({ kind: 'refusal', status: 403, outcome: 'refused', refusal: { rule: 'SCOPE-1' } })
    expect(await bytesOf(server.request(shop, head.exchangeId))).toHaveLength(0)
  })

  it('keeps exchanges apart whose bytes come interleaved', async () => {
    const { gateway, server } = await openDesk()
    const taps = Array.from({ length: 20 }, (_, n) => {
      const head = headOf({ engagementId: n % 3 === 0 ? bank : shop })
      return { head, n, tap: gateway.open(head) }
    })
    for (let round = 0; round < 10; round++) {
      for (const { tap, n } of taps) tap.requestBytes(Buffer.from(`<${n}:${round}>`))
      for (const { tap, n } of taps.toReversed()) tap.responseBytes(Buffer.from(`[${n}:${round}]`))
      if (round % 4 === 1) await Promise.all(taps.map(({ tap }) => tap.written()))
    }
    await Promise.all(taps.map(({ tap }) => tap.end(complete)))
    for (const { head, n } of taps) {
      const rounds = Array.from({ length: 10 }, (_, round) => `${n}:${round}`)
      const request = await bytesOf(server.request(head.engagementId, head.exchangeId))
      expect(request.toString()).toBe(rounds.map((each) => `<${each}>`).join(''))
      const response = await bytesOf(server.response(head.engagementId, head.exchangeId))
      expect(response.toString()).toBe(rounds.map((each) => `[${each}]`).join(''))
    }
  })

  it('leaves nothing readable on the disk without the key', async () => {
    const desk = await openDesk()
    await record(desk.gateway, headOf({ path: '/canary-path' }), 'canary-request', 'canary-response')
    await desk.server.seal(shop)
    const folder = join(desk.folder, 'recorder')
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    expect(files.length).toBeGreaterThan(2)
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name)).toString('latin1')).not.toMatch(/canary|shop\.example|per_lin/)
    }
  })
})

describe('an engagement without a key', () => {
  it('is refused, named in the status, and taken once the key is there', async () => {
    const { gateway, server, keys } = await openDesk({ locked: [shop] })
    await expect(gateway.open(headOf()).written()).rejects.toMatchObject({ code: 'no_key' })
    await record(gateway, headOf({ engagementId: bank }), 'a', 'b')
    expect((await server.status()).engagementsWithoutKey).toEqual([shop])
    await server.setKey(shop, keys[shop] ?? Buffer.of())
    await record(gateway, headOf(), 'a', 'b')
    expect((await server.status()).engagementsWithoutKey).toEqual([])
  })

  it('does not take another key than that under which its record was begun', async () => {
    const first = await openDesk()
    await record(first.gateway, headOf(), 'a', 'b')
    await expect(first.server.setKey(shop, Buffer.alloc(32, 7))).rejects.toMatchObject({ code: 'conflict' })
    await first.stop()
    const second = await openDesk({ folder: first.folder, keys: first.keys, locked: [shop] })
    await expect(second.server.setKey(shop, Buffer.alloc(32, 7))).rejects.toMatchObject({ code: 'conflict' })
    await expect(bytesOf(second.server.request(shop, headOf().exchangeId))).rejects.toMatchObject({
      code: 'unavailable',
    })
  })
})

describe('disposing of an engagement', () => {
  it('destroys its files, keeps its seals, and declares the gap in the feed', async () => {
    const desk = await openDesk()
    const head = headOf()
    await record(desk.gateway, head, 'a', 'b')
    await record(desk.gateway, headOf({ engagementId: bank }), 'c', 'd')
    const open = desk.gateway.open(headOf())
    await open.written()
    await desk.server.dispose(shop)
    await desk.server.dispose(shop)

    await expect(open.end(complete)).rejects.toMatchObject({ code: 'disposed' })
    await expect(desk.server.request(shop, head.exchangeId)).rejects.toMatchObject({ code: 'not_found' })
    await expect(desk.gateway.open(headOf()).written()).rejects.toMatchObject({ code: 'disposed' })
    await expect(desk.server.setKey(shop, desk.keys[shop] ?? Buffer.of())).rejects.toMatchObject({ code: 'not_found' })
    const folder = join(desk.folder, 'recorder/engagements', shop)
    expect(readdirSync(folder)).toEqual(['engagement.json'])
    expect((await desk.server.seals(0)).seals).toHaveLength(1)

    await desk.stop()
    const again = await openDesk({ folder: desk.folder, keys: { [bank]: desk.keys[bank] ?? Buffer.of() } })
    const page = await again.server.feed(0)
    expect(page.rows.map((row) => row.engagementId)).toEqual([bank])
    expect(page.gaps).toEqual([
      { first: 1, last: 1, reason: 'disposed' },
      { first: 3, last: 3, reason: 'disposed' },
    ])
    expect(page.next).toBe(3)
    await record(again.gateway, headOf({ engagementId: bank }), 'e', 'f')
    expect((await rowsOf(again.server, 1, 3))[0]?.sequence).toBe(4)
  })
})
