import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { pngOf } from '@zhongheng/testing/scenes/png.ts'
import { zipSync, zlibSync } from 'fflate'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { ExaminerGaveUp, openExaminer } from './examiner.ts'

const examiner = openExaminer()
async function* inPieces(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}
const examine = (...chunks: Uint8Array[]) => examiner.examine(inPieces(...chunks))
const refusedAs = async (bytes: Uint8Array): Promise<unknown> => {
  const { examined } = await examine(bytes)
  return examined.verdict === 'refused' ? examined.why : examined
}
const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const canvas = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, background: '#336699' } })

/** A PNG that promises a size and holds next to nothing. */
const promisedPng = (width: number, height: number): Buffer => pngOf(1, 1, { said: [width, height] })

describe('a picture', () => {
  it('PUB-XS-04: is shown as a copy of its pixels: no metadata, and nothing of what stood behind it', async () => {
    const photo = await canvas(640, 480)
      .withExif({ IFD0: { Artist: 'canary-artist' }, IFD3: { GPSLatitude: '39/1 54/1 0/1' } })
      .jpeg()
      .toBuffer()
    expect(photo.includes('canary-artist')).toBe(true)
    const { examined, preview } = await examine(photo, text('<html><script>canary-script</script>'))
    expect(examined).toEqual({
      verdict: 'kept',
      kind: 'jpeg',
      picture: { width: 640, height: 480 },
      entries: null,
      preview: preview.length,
    })
    expect(await sharp(preview).metadata()).toMatchObject({ format: 'webp', width: 640 })
    for (const canary of ['canary-artist', 'canary-script', 'Exif', 'GPS'])
      expect(preview.includes(canary), canary).toBe(false)
  })
  it('PUB-XS-04: by name only is none', async () => {
    expect((await examine(text('<html><script>'))).examined).toMatchObject({
      kind: 'markup',
      picture: null,
      preview: 0,
    })
    const begun = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), text('<html><script>')])
    expect((await examine(begun)).examined).toMatchObject({ kind: 'other', preview: 0 })
  })
  it('PUB-UP-05: of 50,000 by 50,000 pixels is refused by its head', async () => {
    expect(await refusedAs(promisedPng(50_000, 50_000))).toBe('too_many_pixels')
    expect(await refusedAs(promisedPng(1, 30_000))).toBe('too_many_pixels')
  })
  it('PUB-UP-05: of ten thousand frames is refused', async () => {
    const frame = Buffer.from('2c00000000010001000002024401003b'.slice(0, -2), 'hex')
    const gif = Buffer.concat([
      Buffer.from('47494638396101000100800000000000ffffff', 'hex'),
      ...Array.from({ length: 10_000 }, () => frame),
      Buffer.from('3b', 'hex'),
    ])
    expect(await refusedAs(gif)).toBe('too_many_frames')
  })
  it('PUB-UP-05: of a hundred thousand segments is refused', async () => {
    const segment = Buffer.from('fffe000400aa', 'hex')
    const jpeg = Buffer.concat([Buffer.from('ffd8', 'hex'), ...Array.from({ length: 100_000 }, () => segment)])
    expect(await refusedAs(jpeg)).toBe('too_many_segments')
  })
  it('PUB-UP-05: drawn by filters is a text that nobody draws', async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg">${'<filter id="a"><feTile/><feMorphology radius="999"/></filter>'.repeat(1000)}</svg>`
    expect((await examine(text(svg))).examined).toMatchObject({ kind: 'markup', preview: 0 })
  })
})

describe('an archive', () => {
  it('is listed', async () => {
    const zip = zipSync({ 'poc/run.sh': text('curl http://127.0.0.1/'), 'poc/说明.txt': text('步骤一') })
    expect((await examine(zip)).examined).toMatchObject({ verdict: 'kept', kind: 'zip', entries: 2 })
  })
  it.each(['../../x', 'a/../../x', '/abs', '..\\x', 'C:\\x', 'a\0b'])(
    'PUB-UP-02: with an entry %j is refused, and nothing is written',
    async (name) => {
      expect(await refusedAs(zipSync({ [name]: text('x') }))).toBe('leads_out')
    },
  )
  it('PUB-UP-02: with a link is refused', async () => {
    expect(await refusedAs(zipSync({ a: [text('/etc/passwd'), { os: 3, attrs: 0o120777 << 16 }] }))).toBe('links')
  })
  it('PUB-UP-01: that unpacks to more than a hundred times its size is refused, also within others', async () => {
    const bomb = zipSync({ a: new Uint8Array(20_000_000) })
    expect(await refusedAs(bomb)).toBe('unpacks_to_too_much')
    expect(await refusedAs(zipSync({ 'inner.zip': bomb }, { level: 0 }))).toBe('unpacks_to_too_much')
    let nested = zipSync({ a: text('x') })
    for (let depth = 0; depth < 4; depth++) nested = zipSync({ a: nested }, { level: 0 })
    expect(await refusedAs(nested)).toBe('too_deep')
  })
  it('PUB-UP-01: that says it holds a million entries, or a terabyte, is refused for that', async () => {
    const honest = Buffer.from(zipSync({ a: text('x') }))
    const end = honest.lastIndexOf(Buffer.from('504b0506', 'hex'))
    const many = Buffer.from(honest)
    many.writeUInt16LE(0xfffe, end + 8)
    many.writeUInt16LE(0xfffe, end + 10)
    expect(await refusedAs(many)).toBe('too_many_entries')
    const huge = Buffer.from(honest)
    huge.writeUInt32LE(0xfffffff0, honest.indexOf(Buffer.from('504b0102', 'hex')) + 24)
    expect(await refusedAs(huge)).toBe('unpacks_to_too_much')
  })
  it('that is cut short is refused', async () => {
    expect(await refusedAs(zipSync({ a: text('x'.repeat(1000)) }).subarray(0, 60))).toBe('broken_archive')
  })
})

describe('the examiner', () => {
  it('PUB-UP-01: ends by itself when it is given more than a file may have', async () => {
    const mebibyte = new Uint8Array(1024 * 1024)
    const tooMany = Array.from({ length: attachmentLimits.bytes / mebibyte.length + 1 }, () => mebibyte)
    await expect(examine(...tooMany)).rejects.toThrow(ExaminerGaveUp)
  })
  it('works for two at once, and for the next when one of them is done', async () => {
    const begun: string[] = []
    const end = { first: Promise.withResolvers<void>(), second: Promise.withResolvers<void>() }
    async function* slow(name: string, until: Promise<void>): AsyncGenerator<Uint8Array> {
      begun.push(name)
      yield text(name)
      await until
      begun.push(`${name} is whole`)
    }
    const first = examiner.examine(slow('first', end.first.promise))
    const second = examiner.examine(slow('second', end.second.promise))
    await expect.poll(() => begun).toEqual(['first', 'second'])
    const third = examiner.examine(slow('third', Promise.resolve()))
    end.first.resolve()
    await first
    expect(await third).toMatchObject({ examined: { kind: 'text' } })
    expect(begun).toEqual(['first', 'second', 'first is whole', 'third', 'third is whole'])
    end.second.resolve()
    await second
  })
  it('is ended where the file cannot be read, and that is said', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield text('x')
      throw new Error('the disk fails')
    }
    await expect(examiner.examine(broken())).rejects.toThrow('the disk fails')
  })
  it.skipIf(!examiner.walled)('reaches no network: the system itself leaves it none', async () => {
    // The same walls around a program that tries.
    const server = createServer((socket) => socket.end())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as { port: number }
    const attempt = spawnSync('unshare', [
      '--map-root-user',
      '--net',
      '--',
      'bash',
      '-c',
      `exec 3<>/dev/tcp/127.0.0.1/${port}`,
    ])
    expect(attempt.status).not.toBe(0)
    server.close()
  })
  it('takes deflated noise for what it is', async () => {
    expect((await examine(zlibSync(text('x'.repeat(100))))).examined).toMatchObject({ kind: 'other' })
  })
})
