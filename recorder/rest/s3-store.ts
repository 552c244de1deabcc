import { createReadStream } from 'node:fs'
import { Agent as PlainAgent, type IncomingMessage, type RequestOptions, request as plainRequest } from 'node:http'
import { Agent, request } from 'node:https'
import type { Readable } from 'node:stream'
import { AwsV4Signer } from 'aws4fetch'
import { type SegmentName, type SegmentStore, type StoredSegment, StoreFault, storeFault } from './segment-store.ts'

export type S3Settings = {
  /** Of the service, with the bucket as the first part of the path and, if wanted, a prefix behind it. */
  readonly address: URL
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** PEM of the authorities to trust instead of the public ones. */
  readonly ca?: string | undefined
}

/** Without a byte for so long, a call has failed (ms). */
const patience = 30_000
/** An answer in words is short; more of it is not read. */
const longestAnswer = 64 * 1024

/**
 * Segments in a bucket of any service that speaks S3, by path: `<bucket>/<prefix>/<engagement>/<segment>.zhs`. The
 * digest of the seal is part of each signed upload, so the service itself refuses bytes that differ from it. Redirects
 * are not followed: credentials go to the address in the settings and nowhere else.
 */
export class S3Store implements SegmentStore {
  readonly kind = 's3'
  readonly place: string
  readonly #settings: S3Settings
  readonly #agent: Agent | PlainAgent

  constructor(settings: S3Settings) {
    this.#settings = settings
    const { address, ca } = settings
    this.place = `${address.origin}${address.pathname}`
    const shared = { keepAlive: true, maxSockets: 16, maxFreeSockets: 4, timeout: patience }
    this.#agent =
      address.protocol === 'https:'
        ? new Agent({ ...shared, minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) })
        : new PlainAgent(shared)
  }

  async put(segment: StoredSegment, path: string): Promise<void> {
    const answer = await this.#call('PUT', segment, {
      headers: {
        'content-length': String(segment.bytes),
        'content-type': 'application/octet-stream',
        'if-none-match': '*',
        'x-amz-content-sha256': segment.sha256,
      },
      path,
    })
    // 412: something lies under the name already. Whether it is the same is found out by reading it.
    if (answer.statusCode === 412) await drained(answer)
    else await finished(answer)
  }

  async get(name: SegmentName): Promise<Readable | null> {
    const answer = await this.#call('GET', name)
    if (answer.statusCode === 200) return answer
    if (answer.statusCode === 404) return this.#unlessBucketIsMissing(answer)
    throw await refused(answer)
  }

  async size(name: SegmentName): Promise<number | null> {
    const answer = await this.#call('HEAD', name)
    await drained(answer)
    if (answer.statusCode === 200) return Number(answer.headers['content-length'])
    if (answer.statusCode === 404) return null
    throw new StoreFault(`it answers ${answer.statusCode}`)
  }

  async remove(name: SegmentName): Promise<void> {
    const answer = await this.#call('DELETE', name)
    if (answer.statusCode === 404) await this.#unlessBucketIsMissing(answer)
    else await finished(answer)
  }

  close(): void {
    this.#agent.destroy()
  }

  /** A wrong bucket must not look as if every segment had vanished. */
  async #unlessBucketIsMissing(answer: IncomingMessage): Promise<null> {
    const code = codeIn(await textOf(answer))
    if (code === 'NoSuchBucket') throw new StoreFault('it answers 404 NoSuchBucket')
    return null
  }

  async #call(
    method: string,
    { engagementId, segmentId }: SegmentName,
    body?: { readonly headers: Record<string, string>; readonly path: string },
  ): Promise<IncomingMessage> {
    const { address, region, accessKeyId, secretAccessKey } = this.#settings
    const url = new URL(address)
    url.pathname = `${address.pathname.replace(/\/$/, '')}/${engagementId}/${segmentId}.zhs`
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      // SHA-256 of nothing: calls without a body say so instead of leaving it unsigned.
      headers: body?.headers ?? {
        'x-amz-content-sha256': 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      },
      accessKeyId,
      secretAccessKey,
      region,
      service: 's3',
    }).sign()
    const options: RequestOptions = {
      method,
      agent: this.#agent,
      timeout: patience,
      headers: { ...body?.headers, ...Object.fromEntries(signed.headers as unknown as Iterable<[string, string]>) },
    }
    return new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = url.protocol === 'https:' ? request(url, options) : plainRequest(url, options)
      outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })))
      outgoing.on('error', (cause) => reject(storeFault(cause)))
      outgoing.on('response', (answer) => {
        answer.setTimeout(patience, () => answer.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' })))
        resolve(answer)
      })
      if (body === undefined) {
        outgoing.end()
        return
      }
      const source = createReadStream(body.path, { highWaterMark: 1 << 20 })
      source.on('error', (cause) => outgoing.destroy(cause))
      outgoing.on('close', () => source.destroy())
      source.pipe(outgoing)
    })
  }
}

async function finished(answer: IncomingMessage): Promise<void> {
  const status = answer.statusCode ?? 0
  if (status < 200 || status > 299) throw await refused(answer)
  await drained(answer)
}

/** Of an answer in words only S3's own code is told, which is one word. */
async function refused(answer: IncomingMessage): Promise<StoreFault> {
  const code = codeIn(await textOf(answer))
  return new StoreFault(`it answers ${answer.statusCode}${code === null ? '' : ` ${code}`}`)
}

const codeIn = (text: string): string | null => /<Code>([A-Za-z0-9]{1,60})<\/Code>/.exec(text)?.[1] ?? null

async function drained(answer: IncomingMessage): Promise<void> {
  await textOf(answer)
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  let size = 0
  try {
    for await (const part of answer) {
      size += (part as Buffer).length
      if (size > longestAnswer) break
      parts.push(part as Buffer)
    }
  } catch (cause) {
    throw storeFault(cause)
  }
  return Buffer.concat(parts).toString('utf8')
}
