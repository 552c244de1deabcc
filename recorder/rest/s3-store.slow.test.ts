import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { AwsClient } from 'aws4fetch'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { missingForRadosGateway, type RadosGateway, startRadosGateway } from '../fixtures/rados-gateway.ts'
import { bytesOf, freshFolder, headOf, openDesk, record, shop, until } from '../fixtures/recording.ts'
import { contentOf, finishedFile, storeContract } from '../fixtures/store-contract.ts'
import { S3Store, type S3Settings } from './s3-store.ts'

const missing = missingForRadosGateway()
if (missing !== null)
  console.log(
    `Not run: S3 against Ceph’s gateway (no ${missing} here; Debian packages ceph-mon, ceph-osd, radosgw, ceph-common)`,
  )

const bucket = 'traffic'
let gateway: RadosGateway
const settings = (more: Partial<S3Settings> = {}): S3Settings => ({
  address: new URL(`${gateway.address}/${bucket}/zhongheng`),
  region: 'us-east-1',
  accessKeyId: gateway.accessKeyId,
  secretAccessKey: gateway.secretAccessKey,
  ...more,
})
const opened = (more: Partial<S3Settings> = {}): S3Store => {
  const store = new S3Store(settings(more))
  onTestFinished(() => store.close())
  return store
}

describe.skipIf(missing !== null)('a bucket of Ceph’s gateway', () => {
  beforeAll(async () => {
    gateway = await startRadosGateway()
    const { accessKeyId, secretAccessKey, address } = gateway
    const made = await new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1' }).fetch(
      `${address}/${bucket}`,
      { method: 'PUT' },
    )
    expect(made.status).toBe(200)
  })
  afterAll(() => gateway.end())

  storeContract('a bucket', () => opened())

  it('takes a segment of the full 64 MiB', async () => {
    const store = opened()
    const { segment, path, content } = finishedFile(64 * 1024 * 1024)
    await store.put(segment, path)
    expect((await contentOf(await store.get(segment)))?.equals(content)).toBe(true)
  })

  it('refuses bytes that differ from the digest of the seal', async () => {
    const store = opened()
    const { segment, path, content } = finishedFile()
    content[500] = (content[500] ?? 0) ^ 1
    writeFileSync(path, content)
    await expect(store.put(segment, path)).rejects.toThrow(/it answers 400 XAmzContentSHA256Mismatch/)
    expect(await store.size(segment)).toBeNull()
  })

  it.each<[string, Partial<S3Settings>, RegExp]>([
    ['a wrong secret', { secretAccessKey: 'not-the-secret-at-all' }, /it answers 403 SignatureDoesNotMatch/],
    ['an unknown key', { accessKeyId: 'NOBODY' }, /it answers 403 \w+/],
  ])('with %s refuses everything, and the fault repeats no credential', async (_what, wrong, told) => {
    const store = opened(wrong)
    const { segment, path } = finishedFile()
    for (const ask of [() => store.put(segment, path), () => store.get(segment), () => store.remove(segment)]) {
      const fault = await ask().then(
        () => null,
        (error: unknown) => error,
      )
      expect(String(fault)).toMatch(told)
      expect(String(fault)).not.toContain(wrong.secretAccessKey ?? gateway.secretAccessKey)
    }
    await expect(store.size(segment)).rejects.toThrow('it answers 403')
  })

  it('of a name that is not there is told as a fault, never as segments that vanished', async () => {
    const store = opened({ address: new URL(`${gateway.address}/no-such-bucket`) })
    const { segment, path } = finishedFile()
    await expect(store.get(segment)).rejects.toThrow('NoSuchBucket')
    await expect(store.put(segment, path)).rejects.toThrow('NoSuchBucket')
  })

  it('carries a recorder’s segments through its own end and return, in order and without a gap', async () => {
    const folder = freshFolder()
    mkdirSync(join(folder, 'recorder'), { recursive: true })
    const desk = await openDesk({ folder, rest: { store: new S3Store(settings()), keepMs: 0, cacheBytes: 1 << 30 } })
    const recordOne = async (): Promise<string> => {
      const head = headOf()
      await record(desk.gateway, head, `GET ${head.exchangeId}`, 'HTTP/1.1 200 OK')
      await desk.server.seal(shop)
      return head.exchangeId
    }
    const ids = [await recordOne(), await recordOne()]
    await until(async () => (await desk.server.status()).store?.waiting === 0)
    await gateway.away()
    ids.push(await recordOne(), await recordOne())
    await until(async () => (await desk.server.status()).store?.failing?.why === 'ECONNREFUSED')
    expect((await desk.server.status()).store).toMatchObject({ waiting: 2 })
    await gateway.back()
    await until(async () => (await desk.server.status()).store?.waiting === 0)
    expect(await desk.server.check(shop)).toEqual({ segments: 4, faults: [] })
    for (const id of ids) expect((await bytesOf(desk.server.request(shop, id))).toString()).toBe(`GET ${id}`)
    await desk.server.dispose(shop)
    const store = opened()
    const { seals } = await desk.server.seals(0)
    for (const { seal } of seals) expect(await store.size(seal)).toBeNull()
  })
})

describe('an S3 service that is hostile', () => {
  const serving = async (answer: Parameters<typeof createServer>[1]): Promise<{ store: S3Store; seen: string[] }> => {
    const seen: string[] = []
    const server = createServer((incoming, outgoing) => {
      seen.push(`${incoming.method} ${incoming.url}`)
      answer?.(incoming, outgoing)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' && address ? address.port : 0
    const store = new S3Store({
      address: new URL(`http://127.0.0.1:${port}/traffic`),
      region: 'us-east-1',
      accessKeyId: 'AKID',
      secretAccessKey: 'secret-of-the-house',
    })
    onTestFinished(() => store.close())
    return { store, seen }
  }

  it('is not followed to another place', async () => {
    const { store, seen } = await serving((_, outgoing) =>
      outgoing.writeHead(307, { location: 'http://127.0.0.1:1/elsewhere' }).end(),
    )
    const { segment, path } = finishedFile()
    await expect(store.put(segment, path)).rejects.toThrow('it answers 307')
    await expect(store.get(segment)).rejects.toThrow('it answers 307')
    expect(seen).toHaveLength(2)
  })

  it('cannot put words of its own into our log or page', async () => {
    const { store } = await serving((_, outgoing) =>
      outgoing.writeHead(500).end(`<Code>${'<script>'.repeat(10)}</Code>${'x'.repeat(1 << 20)}`),
    )
    const { segment } = finishedFile()
    await expect(store.get(segment)).rejects.toMatchObject({ message: 'it answers 500' })
  })

  it('that breaks off in the middle fails the reading', async () => {
    const { store } = await serving((_, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '1000' })
      outgoing.write('half')
      setImmediate(() => outgoing.destroy())
    })
    const { segment } = finishedFile()
    await expect(store.get(segment).then(contentOf)).rejects.toThrow()
  })
})
