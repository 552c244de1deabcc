import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { http2Target } from '../../testing/http2.ts'
import { Scene } from '../../testing/scene.ts'

let scene: Scene
afterEach(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})
const has = (...programs: readonly string[]): boolean => programs.every((name) => existsSync(`/usr/bin/${name}`))
const run = async (program: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(program, args, { maxBuffer: 64 * 1024 * 1024, timeout: 60_000 })
  return stdout
}

async function open(): Promise<{
  port: number
  ca: string
  chained: (program: string, ...args: string[]) => Promise<string>
}> {
  scene = await Scene.open()
  const { port } = await http2Target(scene, (server) =>
    server.on('request', (request, response) => {
      const hash = createHash('sha256')
      request.on('data', (chunk: Buffer) => hash.update(chunk))
      request.on('end', () => response.end(`${request.httpVersion} ${request.method} ${hash.digest('hex')}`))
    }),
  )
  const ca = join(scene.folder, 'ca.pem')
  writeFileSync(ca, scene.authority.certificate)
  const chain = join(scene.folder, 'chain.conf')
  writeFileSync(
    chain,
    `strict_chain\nquiet_mode\nproxy_dns\n[ProxyList]\nhttp 127.0.0.1 ${scene.gateway.port} li ${scene.secret}\n`,
  )
  return { port, ca, chained: (program, ...args) => run('/usr/bin/proxychains4', '-q', '-f', chain, program, ...args) }
}

describe('real clients over HTTP/2', () => {
  it.skipIf(!has('curl'))(
    'curl: requests on one connection, an upload, and HTTP/1.1 where it asks for it',
    async () => {
      const { port, ca } = await open()
      const upload = join(scene.folder, 'upload')
      const bytes = randomBytes(3_000_000)
      writeFileSync(upload, bytes)
      const curl = (...more: string[]): Promise<string> =>
        run(
          'curl',
          '-sS',
          '--max-time',
          '20',
          '-x',
          `http://li:${scene.secret}@127.0.0.1:${scene.gateway.port}`,
          '--noproxy',
          '',
          '--cacert',
          ca,
          ...more,
        )
      const digest = (of: Buffer | string): string => createHash('sha256').update(of).digest('hex')
      const url = `https://shop.example:${port}`
      expect(await curl('--http2', '-w', ' %{http_version}\n', `${url}/a`, `${url}/b`)).toBe(
        `2.0 GET ${digest('')} 2\n2.0 GET ${digest('')} 2\n`,
      )
      expect(await curl('--http2', '-T', upload, `${url}/up`)).toBe(`2.0 PUT ${digest(bytes)}`)
      expect(await curl('--http1.1', `${url}/c`)).toBe(`1.1 GET ${digest('')}`)
      expect(await curl('--http2', '-o', '/dev/null', '-w', '%{http_code}', '-H', 'Host: other.example', url)).toBe(
        '421',
      )
      expect(scene.memory.exchanges.map(({ head }) => head.httpVersion ?? '1')).toEqual(['2', '2', '2', '1'])
    },
  )

  it.skipIf(!has('nghttp', 'proxychains4'))('nghttp: with padding, priorities and a small window', async () => {
    const { port, chained } = await open()
    const said = await chained(
      'nghttp',
      '-nv',
      '--no-verify-peer',
      '-b',
      '100',
      '-w',
      '14',
      '-m',
      '20',
      `https://shop.example:${port}/n`,
    )
    expect(said.match(/:status: 200/g)).toHaveLength(20)
    expect(scene.memory.exchanges.filter(({ end }) => end?.outcome === 'complete')).toHaveLength(20)
  })

  it.skipIf(!has('h2load', 'proxychains4'))(
    'h2load: 4 connections of 32 streams; every request is in the record once',
    async () => {
      const { port, chained } = await open()
      const said = await chained('h2load', '-n', '4000', '-c', '4', '-m', '32', `https://shop.example:${port}/l`)
      expect(said).toContain('Application protocol: h2')
      expect(said).toContain('4000 succeeded, 0 failed')
      expect(scene.memory.exchanges).toHaveLength(4000)
      expect(scene.memory.exchanges.every(({ end }) => end?.outcome === 'complete')).toBe(true)
    },
  )
})
