import { baseOf } from '@zhongheng/contracts/records/nodes.ts'
import { describe, expect, it } from 'vitest'
import { bytesOf, freshFolder, headOf, openDesk, record, rowsOf, shop } from './fixtures/recording.ts'

const base = baseOf(3)

describe('the recorder of node 3', () => {
  it('gives out its own sequences, goes on with them after a restart, and has their bytes', async () => {
    const folder = freshFolder()
    const desk = await openDesk({ folder, node: 3 })
    const [one, two] = [headOf(), headOf()]
    await record(desk.gateway, one, 'GET /1', 'one')
    await rowsOf(desk.server, 1, base)
    await desk.stop()
    const again = await openDesk({ folder, node: 3, keys: desk.keys })
    await record(again.gateway, two, 'GET /2', 'two')
    const rows = await rowsOf(again.server, 2, base)
    expect(rows.map(({ sequence, exchangeId }) => [sequence, exchangeId])).toEqual([
      [base + 1, one.exchangeId],
      [base + 2, two.exchangeId],
    ])
    expect(await again.server.status()).toMatchObject({ node: 3, lastSequence: base + 2 })
    expect(String(await bytesOf(again.server.response(shop, two.exchangeId)))).toBe('two')
    const proof = await again.server.proof(shop, one.exchangeId)
    expect(proof.leaf.sequence).toBe(base + 1)
  })

  it('is not asked for another node’s rows, so that no position is noted that is none of its own', async () => {
    const desk = await openDesk({ node: 3 })
    for (const after of [0, 17, base - 1, baseOf(4) + 1])
      await expect(desk.server.feed(after)).rejects.toMatchObject({ rule: 'RECORDER-MALFORMED' })
    expect(await desk.server.feed(base)).toMatchObject({ rows: [], next: base })
  })

  it('does not begin in a folder that another node recorded into', async () => {
    const folder = freshFolder()
    const desk = await openDesk({ folder })
    await record(desk.gateway, headOf(), 'GET /', 'ok')
    await rowsOf(desk.server, 1)
    await desk.stop()
    await expect(openDesk({ folder, node: 3, keys: desk.keys })).rejects.toThrow(
      'ZH_NODE is 3, and the record in this folder is of node 0',
    )
  })

  it('seals what never ended with sequences that still tell the node', async () => {
    const desk = await openDesk({ node: 3 })
    const tap = desk.gateway.open(headOf())
    tap.requestBytes(Buffer.from('GET /slow'))
    await tap.written()
    const [seal] = await desk.server.seal(shop)
    expect(seal).toMatchObject({ exchanges: 0, firstSequence: base, lastSequence: base })
  })
})
