import { X509Certificate } from 'node:crypto'
import { connect, createServer } from 'node:tls'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Authority, makeAuthority } from '../testing/scene.ts'
import { LeafMint } from './certificates.ts'

let authority: Authority
beforeAll(async () => {
  authority = await makeAuthority()
})
const now = Date.now()

describe('a certificate for a tester', () => {
  it.each(['shop.example', '203.0.113.7', '2001:db8::1', `${'a'.repeat(60)}.shop.example`])(
    'for %s is accepted by a strict TLS client that trusts the engagement’s CA',
    async (host) => {
      const mint = new LeafMint()
      const context = await mint.contextFor(authority.certificate, authority.key, host, now)
      const server = createServer({ SNICallback: (_name, give) => give(null, context) })
      server.on('secureConnection', (socket) => socket.end())
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      const { port } = server.address() as { port: number }
      const seen = await new Promise<string>((resolve, reject) => {
        const socket = connect(
          {
            host: '127.0.0.1',
            port,
            servername: 'any.example',
            ca: authority.certificate,
            checkServerIdentity: () => undefined,
          },
          () => {
            resolve(new X509Certificate(socket.getPeerCertificate().raw).subjectAltName ?? '')
            socket.destroy()
          },
        )
        socket.on('error', reject)
      })
      server.close()
      const certificate = seen.replace(/^(?:DNS|IP Address):/, '')
      expect(certificate.toLowerCase().replace('2001:db8:0:0:0:0:0:1', '2001:db8::1')).toBe(host)
    },
  )

  it('is made once for many that ask at the same time, and made anew when it grows old', async () => {
    const mint = new LeafMint()
    const ask = (at: number) => mint.contextFor(authority.certificate, authority.key, 'shop.example', at)
    const [first, second] = await Promise.all([ask(now), ask(now)])
    expect(second).toBe(first)
    expect(await ask(now + 3_600_000)).toBe(first)
    expect(await ask(now + 2 * 86_400_000)).not.toBe(first)
  })

  it('is forgotten when too many names ask, the least used first', async () => {
    const mint = new LeafMint(2)
    const ask = (host: string) => mint.contextFor(authority.certificate, authority.key, host, now)
    const a = await ask('a.example')
    const b = await ask('b.example')
    expect(await ask('a.example')).toBe(a)
    await ask('c.example')
    expect(await ask('a.example')).toBe(a)
    expect(await ask('b.example')).not.toBe(b)
  })

  it('is not made when the CA cannot be read', async () => {
    const mint = new LeafMint()
    await expect(mint.contextFor('no certificate', authority.key, 'a.example', now)).rejects.toThrow()
    await expect(mint.contextFor(authority.certificate, 'no key', 'a.example', now)).rejects.toThrow()
  })
})
