import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { freePort, holderOf, portState } from './ports.ts'
import { checkPorts } from './start/check-ports.ts'

describe('ports', () => {
  const neighbour = createServer()
  const busyPort = async (): Promise<number> => {
    await new Promise<void>((resolve) => neighbour.listen(0, '127.0.0.1', resolve))
    return (neighbour.address() as AddressInfo).port
  }
  afterEach(() => new Promise((resolve) => neighbour.close(resolve)))

  it('a free one is below the range of outgoing connections, and handed out once', async () => {
    const from = await freePort()
    const [first, second] = [await freePort(from), await freePort(from)]
    expect(first).toBeLessThan(32_768)
    expect(second).not.toBe(first)
    expect(await portState(first)).toBe('free')
  })

  it('a busy one is named with its setting, its holder, the command that shows it, and a free one to use', async () => {
    const port = await busyPort()
    expect(await portState(port)).toBe('busy')
    expect(holderOf(port)).toContain(String(process.pid))
    await expect(checkPorts([{ variable: 'ZH_PORT', port }], 0)).rejects.toMatchObject({
      exitCode: 3,
      text: {
        en: expect.stringMatching(
          new RegExp(
            `Port ${port} \\(ZH_PORT\\) is in use by process ${process.pid} .*ss -ltnp 'sport = :${port}'.*ZH_PORT=\\d+ npm start`,
            's',
          ),
        ) as string,
      },
    })
  })

  it('free ones pass', async () => {
    await checkPorts([{ variable: 'ZH_PORT', port: await freePort() }])
  })
})
