import { randomBytes } from 'node:crypto'
import { Scene } from '@zhongheng/gateway/testing/scene.ts'
import { describe, expect, it, onTestFinished } from 'vitest'
import { diskWithDoor } from './fixtures/disk-with-door.ts'
import { bytesOf, openDesk, rowsOf, until } from './fixtures/recording.ts'

/** Engagement of the gateway's scene, in which Ms Li tests. */
const engagementId = 'eng_shop'

describe('the gateway over a disk that takes nothing', () => {
  it.each(['ENOSPC', 'EROFS', 'EIO'])(
    'PUB-GW-08: %s of the recorder’s volume is 503 for every request, and ends by itself; what the target got is what was recorded',
    async (code) => {
      const disk = diskWithDoor()
      disk.code = code
      const desk = await openDesk({ disk, keys: { [engagementId]: randomBytes(32) } })
      const scene = await Scene.open({ recorder: desk.gateway })
      onTestFinished(() => scene.close())
      const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok'
      const target = await scene.target((socket) => socket.once('data', () => socket.end(answer)))
      let sent = 0
      const ask = async (): Promise<{ status: string; refusal: string }> => {
        const at = `shop.example:${target.port}`
        const client = scene.client()
        client.send(
          `GET http://${at}/?n=${++sent} HTTP/1.1\r\nHost: ${at}\r\nProxy-Authorization: Basic ${scene.basic}\r\nConnection: close\r\n\r\n`,
        )
        const text = await client.end()
        return { status: text.slice(9, 12), refusal: /X-Zhongheng-Refusal: (\S+)/.exec(text)?.[1] ?? '' }
      }
      for (let n = 0; n < 5; n++) expect(await ask()).toEqual({ status: '200', refusal: '' })
      disk.full = true
      for (let n = 0; n < 5; n++) expect(await ask()).toEqual({ status: '503', refusal: 'RECORDER-1' })
      expect(await desk.server.status()).toMatchObject({ state: code === 'ENOSPC' ? 'full' : 'failed' })
      disk.full = false
      await until(() => desk.gateway.ready)
      for (let n = 0; n < 5; n++) expect(await ask()).toEqual({ status: '200', refusal: '' })

      // Nothing left that is not kept: each request at the target is one in the record, byte for byte.
      const recorded: string[] = []
      for (const row of await rowsOf(desk.server, 10))
        if (row.status === 200)
          recorded.push((await bytesOf(desk.server.request(engagementId, row.exchangeId))).toString())
      expect(recorded).toHaveLength(10)
      expect(recorded.join('')).toBe(target.received())
      expect(scene.faults).toEqual([])
    },
  )
})
