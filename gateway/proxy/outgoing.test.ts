import { connect, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import type { EngagementPolicy, LeasePolicy } from '@zhongheng/domain/authorizations/policy.ts'
import { afterEach, describe, expect, it } from 'vitest'
import { always, makeAuthority, makeLeaf, okAnswer, Scene, type SceneOptions } from '../testing/scene.ts'

let scene: Scene
const servers: Server[] = []
const open = async (options: SceneOptions = {}): Promise<Scene> => {
  scene = await Scene.open(options)
  return scene
}
afterEach(async () => {
  for (const server of servers.splice(0)) server.close()
  expect(scene.faults).toEqual([])
  await scene.close()
})
const listen = async (server: Server, host: string): Promise<number> => {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  return (server.address() as { port: number }).port
}
const ask = async (url: string): Promise<string> => {
  const client = scene.client()
  const { host } = new URL(url)
  client.send(`GET ${url} HTTP/1.1\r\nHost: ${host}\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
  const text = await client.until((got) => got.endsWith('ok') || got.includes('time:'))
  client.socket.destroy()
  return text
}
const askTls = async (port: number): Promise<string> => {
  const client = await scene.tlsClient('shop.example', port)
  client.send(`GET / HTTP/1.1\r\nHost: shop.example:${port}\r\n\r\n`)
  const text = await client.until((got) => got.endsWith('ok') || got.includes('time:'))
  client.socket.destroy()
  return text
}

describe('the source address of an engagement', () => {
  it.each(['127.0.0.2', '127.0.0.3'])('%s is what the target sees, and stands in the record', async (egress) => {
    await open()
    scene.push({ engagement: { egressAddresses: [egress] } })
    const seen: (string | undefined)[] = []
    const target = await scene.target((socket) => {
      seen.push(socket.remoteAddress)
      always(okAnswer)(socket)
    })
    expect(await ask(`http://shop.example:${target.port}/`)).toBe(okAnswer)
    expect(seen).toEqual([egress])
    expect(scene.memory.exchanges[0]?.head).toMatchObject({ address: '127.0.0.1', egress })
  })

  it('of the other family alone reaches nobody, and says so', async () => {
    await open()
    scene.push({ engagement: { egressAddresses: ['2001:db8::7'] } })
    const target = await scene.target(always(okAnswer))
    expect(await ask(`http://shop.example:${target.port}/`)).toContain('X-Zhongheng-Refusal: DIAL-7')
    expect(target.connections()).toBe(0)
  })

  it('that the machine does not have reaches nobody', async () => {
    await open()
    scene.push({ engagement: { egressAddresses: ['203.0.113.77'] } })
    const target = await scene.target(always(okAnswer))
    expect(await ask(`http://shop.example:${target.port}/`)).toContain('X-Zhongheng-Refusal: DIAL-2')
    expect(target.connections()).toBe(0)
  })
})

describe('a connection of one tester on two engagements', () => {
  it('never carries a request of the second over the target’s connection of the first', async () => {
    await open()
    const first = scene.policy.engagements[0] as EngagementPolicy
    const lease = { ...(first.leases[0] as LeasePolicy), leaseId: 'lea_two', proxyName: 'li-two' }
    scene.push({
      policy: {
        engagements: [first, { ...first, engagementId: 'eng_two', egressAddresses: ['127.0.0.2'], leases: [lease] }],
      },
    })
    const seen: (string | undefined)[] = []
    const target = await scene.target((socket) => {
      seen.push(socket.remoteAddress)
      socket.on('data', () => socket.write(okAnswer))
    })
    const client = scene.client()
    for (const [at, name] of ['li', 'li', 'li-two', 'li'].entries()) {
      const basic = Buffer.from(`${name}:${scene.secret}`).toString('base64')
      client.send(
        `GET http://shop.example:${target.port}/ HTTP/1.1\r\nHost: shop.example:${target.port}\r\nProxy-Authorization: Basic ${basic}\r\n\r\n`,
      )
      await client.until((got) => got.split(okAnswer).length === at + 2)
    }
    expect(seen).toEqual(['127.0.0.1', '127.0.0.2', '127.0.0.1'])
    expect(scene.memory.exchanges.map(({ head }) => head.engagementId)).toEqual([
      'eng_shop',
      'eng_shop',
      'eng_two',
      'eng_shop',
    ])
  })
})

describe('targets by IPv6', () => {
  it('are reached under their literal and by name', async () => {
    await open({
      inside: ['shop6.example:*'],
      pins: { 'shop6.example': '::1' },
    })
    const port = await listen(
      createServer({ noDelay: true }, (socket: Socket) => always(okAnswer)(socket)),
      '::1',
    )
    expect(await ask(`http://shop6.example:${port}/`)).toBe(okAnswer)
    expect(scene.memory.exchanges[0]?.head.address).toBe('::1')
  })
})

describe('the certificate of a target', () => {
  const serve = async (names: readonly string[], trusted: boolean): Promise<number> => {
    const company = await makeAuthority('Company CA')
    await open(trusted ? { targetAuthorities: [company.certificate] } : {})
    const leaf = await makeLeaf(company, names)
    return (await scene.target(always(okAnswer), leaf)).port
  }

  it('is recorded as verified where an authority vouches for the name', async () => {
    expect(await askTls(await serve(['shop.example'], true))).toBe(okAnswer)
    expect(scene.memory.exchanges[0]?.head.targetVerified).toBe(true)
    expect(scene.memory.exchanges[0]?.head).not.toHaveProperty('targetFault')
  })

  it.each([
    ['an authority nobody knows', ['shop.example'], false, 'SELF_SIGNED_CERT_IN_CHAIN'],
    ['another name', ['other.example'], true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
  ])(
    'with %s is recorded as unverified, with the reason, and refused where the engagement says so',
    async (_name, names, trusted, fault) => {
      const port = await serve(names, trusted)
      expect(await askTls(port)).toBe(okAnswer)
      expect(scene.memory.exchanges[0]?.head).toMatchObject({ targetVerified: false, targetFault: fault })
      scene.push({ engagement: { verifiedTargetsOnly: true } })
      const text = await askTls(port)
      expect(text).toContain('X-Zhongheng-Refusal: DIAL-6')
      expect(text).toContain(fault)
      expect(scene.memory.exchanges).toHaveLength(1)
    },
  )
})

describe('a target that wants a client certificate', () => {
  const demanding = async (): Promise<{ port: number; seen: string[] }> => {
    const seen: string[] = []
    const leaf = await makeLeaf(scene.authority, ['shop.example'])
    const server = createTlsServer(
      { cert: leaf.certificate, key: leaf.key, ca: scene.authority.certificate, requestCert: true },
      (socket: TLSSocket) => {
        seen.push(String(socket.getPeerCertificate().subject?.CN))
        socket.on('error', () => undefined)
        always(okAnswer)(socket)
      },
    )
    return { port: await listen(server, '127.0.0.1'), seen }
  }

  it('sees the one that was given for its host, and nothing once it was taken away', async () => {
    await open()
    const { port, seen } = await demanding()
    expect(await askTls(port)).toContain('X-Zhongheng-Refusal: DIAL')
    const pair = await makeLeaf(scene.authority, ['crowd-test'])
    scene.clientCertificates = { eng_shop: [{ host: 'shop.example', ...pair }] }
    scene.push({})
    expect(await askTls(port)).toBe(okAnswer)
    expect(seen).toEqual(['crowd-test'])
    expect(JSON.stringify(scene.policy)).not.toContain(pair.key.slice(60, 100))
    scene.clientCertificates = { eng_shop: [{ host: 'other.example', ...pair }] }
    scene.push({})
    expect(await askTls(port)).toContain('X-Zhongheng-Refusal: DIAL')
    expect(seen).toEqual(['crowd-test'])
  })

  it('whose key does not fit is refused with the whole push', async () => {
    await open()
    const [one, other] = [await makeLeaf(scene.authority, ['a']), await makeLeaf(scene.authority, ['b'])]
    scene.clientCertificates = {
      eng_shop: [{ host: 'shop.example', certificate: one.certificate, key: other.key }],
    }
    expect(() => scene.push({})).toThrowError(expect.objectContaining({ rule: 'POLICY-7' }))
  })
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a target under %s that is dialled again', (version) => {
  type Target = { readonly port: number; readonly server: TlsServer; readonly reused: boolean[] }
  const target = async (names: readonly string[] = ['shop.example']): Promise<Target> => {
    const company = await makeAuthority('Company CA')
    await open({ targetAuthorities: [company.certificate] })
    const leaf = await makeLeaf(company, names)
    const reused: boolean[] = []
    const server = createTlsServer(
      { cert: leaf.certificate, key: leaf.key, minVersion: version, maxVersion: version },
      (socket: TLSSocket) => {
        reused.push(socket.isSessionReused())
        socket.on('error', () => undefined)
        always(okAnswer)(socket)
      },
    )
    return { port: await listen(server, '127.0.0.1'), server, reused }
  }
  const verdicts = (): unknown[] => scene.memory.exchanges.map(({ head }) => head.targetFault ?? head.targetVerified)

  it('goes on with the session of the same lease', async () => {
    const { port, reused } = await target()
    for (let turn = 0; turn < 3; turn++) expect(await askTls(port)).toBe(okAnswer)
    expect(reused).toEqual([false, true, true])
    expect(verdicts()).toEqual([true, true, true])
  })

  it('with a bad certificate stays unverified, although a shortened handshake shows none', async () => {
    const { port, reused } = await target(['other.example'])
    for (let turn = 0; turn < 3; turn++) await askTls(port)
    expect(reused).toEqual([false, true, true])
    expect(verdicts()).toEqual(Array.from({ length: 3 }, () => 'ERR_TLS_CERT_ALTNAME_INVALID'))
  })

  it('by another lease shows nothing of the first: no session of one tester serves a second', async () => {
    const { port, reused } = await target()
    await askTls(port)
    scene.push({ lease: { leaseId: 'lea_wang' } })
    await askTls(port)
    expect(reused).toEqual([false, false])
  })

  it('is met with a whole handshake after it forgot its sessions', async () => {
    const { port, server, reused } = await target()
    await askTls(port)
    server.setTicketKeys(Buffer.alloc(48, 7))
    for (let turn = 0; turn < 3; turn++) expect(await askTls(port)).toBe(okAnswer)
    // The second finds out, the third begins anew, the fourth goes on from there.
    expect(reused).toEqual([false, false, false, true])
  })

  it('is reached although it breaks at a session', async () => {
    const { port, reused } = await target()
    let connections = 0
    const front = createServer({ noDelay: true }, (socket: Socket) => {
      connections += 1
      socket.on('error', () => undefined)
      if (connections === 2) return void socket.once('data', () => socket.destroy())
      const behind = connect(port, '127.0.0.1')
      behind.on('error', () => undefined)
      socket.pipe(behind).pipe(socket)
    })
    const frontPort = await listen(front, '127.0.0.1')
    expect(await askTls(frontPort)).toBe(okAnswer)
    expect(await askTls(frontPort)).toBe(okAnswer)
    expect(connections).toBe(3)
    expect(reused).toEqual([false, false])
  })
})
