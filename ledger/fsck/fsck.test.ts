import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { utf8 } from '../verify/bytes.ts'
import { openLog } from '../log/open-log.ts'
import { newEd25519Key } from '../log/signer.ts'
import { fsck } from './fsck.ts'

const { signer } = newEd25519Key()
let root: string
let whole: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'zh-fsck-'))
  whole = join(root, 'whole')
  const now = (): Date => new Date('2026-11-21T05:00:00.000Z')
  const log = await openLog({ folder: whole, origin: 'zhongheng.example/ledger', signer, now })
  await log.append(Array.from({ length: 600 }, (_, at) => utf8(`entry ${at}`)))
  await log.checkpoint()
  await log.append([utf8('not yet under a checkpoint')])
  await log.close()
})
afterAll(() => rm(root, { recursive: true }))

async function damaged(change: (folder: string) => Promise<void>): Promise<Awaited<ReturnType<typeof fsck>>> {
  const folder = join(root, 'damaged')
  await cp(whole, folder, { recursive: true })
  await change(folder)
  try {
    return await fsck(folder, signer.publicKey)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const flip =
  (path: string, at: number) =>
  async (folder: string): Promise<void> => {
    const bytes = await readFile(join(folder, path))
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await writeFile(join(folder, path), bytes)
  }

describe('checking a log on the disk', () => {
  it('finds a whole one whole and counts what no checkpoint covers yet', async () => {
    expect(await fsck(whole, signer.publicKey)).toMatchObject({ ok: true, size: 600, beyond: 1, keyFrom: 'given' })
    expect(await fsck(whole)).toMatchObject({ ok: true, keyFrom: 'folder' })
  })

  it('names the entry that was changed', async () => {
    // "entry 0" is 7 letters after a length of 2; entries up to 9 take 9 bytes each.
    expect(await damaged(flip('tile/entries/000', 9 * 3 + 4))).toMatchObject({
      ok: false,
      fault: { file: 'tile/entries/000', entry: 3 },
    })
  })

  it.each([
    ['a leaf hash', 'tile/0/001', 40, 257],
    ['a leaf hash of the partial tile', 'tile/0/002.p/88', 0, 512],
    ['a hash one level up', 'tile/1/000.p/2', 33, 256],
  ])('names the entries under %s that was changed', async (_, file, at, entry) => {
    expect(await damaged(flip(file, at))).toMatchObject({ ok: false, fault: { entry } })
  })

  it.each(['checkpoint', 'verifier-key', 'tile/0/000', 'tile/entries/001', 'tile/1/000.p/2'])(
    'names %s when it is gone, cut short or longer',
    async (file) => {
      const bytes = await readFile(join(whole, file))
      if (file !== 'verifier-key') {
        expect(await damaged((folder) => rm(join(folder, file)))).toMatchObject({ ok: false, fault: { file } })
      }
      for (const changed of [bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('x')])]) {
        expect(await damaged((folder) => writeFile(join(folder, file), changed))).toMatchObject({
          ok: false,
          fault: { file },
        })
      }
    },
  )

  it('finds a journal whose entry is not the one in the log', async () => {
    const name = (await readdir(join(whole, '.state'))).find((one) => one.startsWith('journal-')) ?? ''
    expect(await damaged(flip(`.state/${name}`, 40))).toMatchObject({ ok: false })
  })

  it('is not impressed by a checkpoint over more entries than any disk holds', async () => {
    const other = newEd25519Key()
    const verdict = await damaged(async (folder) => {
      const note = await readFile(join(folder, 'checkpoint'), 'utf8')
      await writeFile(join(folder, 'checkpoint'), note.replace('\n600\n', '\n9007199254740991\n'))
    })
    expect(verdict).toMatchObject({ ok: false, fault: { file: 'checkpoint' } })
    expect(await fsck(whole, other.signer.publicKey)).toMatchObject({ ok: false, fault: { file: 'checkpoint' } })
  })

  it('finds a flip of any single byte in any published file', async () => {
    const names = (await readdir(whole, { recursive: true })).filter((name) => !name.startsWith('.state'))
    for (const name of names) {
      if (!(await stat(join(whole, name))).isFile()) continue
      const bytes = await readFile(join(whole, name))
      for (let at = 0; at < bytes.length; at += Math.max(1, Math.floor(bytes.length / 12))) {
        await flip(name, at)(whole)
        expect(await fsck(whole, signer.publicKey), `${name} byte ${at}`).toMatchObject({ ok: false })
        await writeFile(join(whole, name), bytes)
      }
    }
  })
})
