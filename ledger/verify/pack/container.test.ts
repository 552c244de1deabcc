import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import { centralHeader, endRecords, layOut, localHeader } from './container.ts'

type Part = { at: number; bytes: Uint8Array }

/** A zip of any size that holds only its headers in memory; between them the files' bytes are zeros. */
class Sparse extends yauzl.RandomAccessReader {
  readonly #parts: readonly Part[]
  constructor(parts: readonly Part[]) {
    super()
    this.#parts = parts
  }
  override _readStreamForRange(start: number, end: number): Readable {
    const bytes = Buffer.alloc(end - start)
    for (const part of this.#parts) {
      const from = Math.max(start, part.at)
      const to = Math.min(end, part.at + part.bytes.length)
      if (from < to) bytes.set(part.bytes.subarray(from - part.at, to - part.at), from - start)
    }
    return Readable.from([bytes])
  }
}

type Files = readonly { name: string; size: number; crc32: number }[]

/** The container of these files, opened by a foreign reader. */
async function open(files: Files): Promise<yauzl.ZipFile> {
  const { offsets, directory } = layOut(files)
  const [first] = files
  const central = Buffer.concat(files.map((file, number) => centralHeader(file, offsets[number] ?? 0)))
  const end = endRecords(files.length, { offset: directory, bytes: central.length })
  const parts = [
    { at: 0, bytes: first === undefined ? central : localHeader(first) },
    { at: directory, bytes: central },
    { at: directory + central.length, bytes: end },
  ]
  const size = directory + central.length + end.length
  return yauzl.fromRandomAccessReaderPromise(new Sparse(parts), size, { autoClose: false })
}

async function readBack(files: Files): Promise<{ name: string; size: number; offset: number }[]> {
  const found: { name: string; size: number; offset: number }[] = []
  for await (const one of (await open(files)).eachEntry()) {
    found.push({ name: one.fileName, size: one.uncompressedSize, offset: one.relativeOffsetOfLocalHeader })
  }
  return found
}

describe('the canonical container', () => {
  it('is read by others when a file is over four gigabytes', async () => {
    const big = 5 * 2 ** 32 + 7
    const files = [
      { name: 'a', size: big, crc32: 1 },
      { name: 'b', size: 3, crc32: 2 },
    ]
    expect(await readBack(files)).toEqual([
      { name: 'a', size: big, offset: 0 },
      { name: 'b', size: 3, offset: 30 + 1 + 20 + big },
    ])
  })

  it('is read by others when a field has just the value that means "look elsewhere"', async () => {
    const size = 0xffff_ffff
    expect(await readBack([{ name: 'a', size, crc32: 1 }])).toEqual([{ name: 'a', size, offset: 0 }])
  })

  it('tells others how many files it holds when they are over 65,535', async () => {
    const files = Array.from({ length: 70_000 }, (_, number) => ({ name: `f${number}`, size: 1, crc32: 0 }))
    const zip = await open(files)
    expect(zip.entryCount).toBe(70_000)
    expect((await zip.eachEntry().next()).value).toMatchObject({ fileName: 'f0' })
  })
})
