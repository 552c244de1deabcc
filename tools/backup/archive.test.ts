import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { zstdCompressSync } from 'node:zlib'
import { Encrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { packTar, type TarHeader } from 'modern-tar'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Key, type Lock, once, readArchive, writeArchive } from './archive.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zh-archive-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const files: { readonly [name: string]: Buffer } = {
  'keys/root.key': Buffer.from('the one that opens all'),
  'ledger/checkpoint': Buffer.from('zhongheng.local/1\n7\n'),
  'recorder/empty': Buffer.alloc(0),
  'postgres/data/base/1/2': Buffer.alloc(300_000, 'rows '),
}
const identity = await generateX25519Identity()
const forHolder: Lock = { recipients: [await identityToRecipient(identity)] }

async function write(name: string, lock: Lock): Promise<string> {
  const path = join(folder, name)
  const file = await open(path, 'wx')
  await writeArchive(file, lock, async (add) => {
    for (const [at, bytes] of Object.entries(files)) await add(at, 0o600, bytes.length, once(bytes))
  })
  await file.close()
  return path
}
async function read(path: string, key: Key): Promise<{ [name: string]: Buffer }> {
  const found: { [name: string]: Buffer } = {}
  await readArchive(path, key, async (name, _, bytes) => {
    const parts: Uint8Array[] = []
    for await (const part of bytes) parts.push(part)
    found[name] = Buffer.concat(parts)
  })
  return found
}
/** A backup as somebody else would make it, with whatever entries. */
async function forged(name: string, entries: readonly Partial<TarHeader>[], compress = true): Promise<string> {
  const tar = await packTar(
    entries.map((header) => ({
      header: { name: 'x', size: 1, type: 'file', ...header } as TarHeader,
      body: header.size === 0 ? '' : 'x',
    })),
  )
  const encrypter = new Encrypter()
  for (const one of 'recipients' in forHolder ? forHolder.recipients : []) encrypter.addRecipient(one)
  const path = join(folder, name)
  writeFileSync(path, await encrypter.encrypt(compress ? zstdCompressSync(tar) : tar))
  return path
}

describe('a backup file', () => {
  it('gives every file back to whoever holds the key, and to nobody else', async () => {
    const path = await write('by-key', forHolder)
    expect(await read(path, { identities: [identity] })).toEqual(files)
    const other = await generateX25519Identity()
    await expect(read(path, { identities: [other] })).rejects.toMatchObject({ kind: 'key' })
    await expect(read(path, { identities: ['AGE-SECRET-KEY-NONSENSE'] })).rejects.toMatchObject({ kind: 'key' })
    const bytes = readFileSync(path)
    for (const secret of ['the one that opens all', 'rows rows', 'checkpoint'])
      expect(bytes.includes(secret)).toBe(false)
  })

  it('is refused when one byte is another, or when it ends early, wherever that is', async () => {
    const whole = readFileSync(await write('to-be-damaged', forHolder))
    for (let at = 10; at < whole.length; at += Math.ceil(whole.length / 25)) {
      const flipped = Buffer.from(whole)
      flipped[at] = (flipped[at] ?? 0) ^ 1
      for (const bytes of [flipped, whole.subarray(0, at)]) {
        const path = join(folder, 'damaged')
        writeFileSync(path, bytes)
        await expect(read(path, { identities: [identity] })).rejects.toMatchObject({ name: 'BadArchive' })
      }
    }
  })

  it('is refused when it was made to lead out of its folder, to link, to repeat or to leave out', async () => {
    const tries: [string, Partial<TarHeader>[]][] = [
      ['up', [{ name: '../outside' }]],
      ['in the middle', [{ name: 'keys/../../outside' }]],
      ['from the root', [{ name: '/etc/passwd' }]],
      ['by a link', [{ name: 'keys', type: 'symlink', linkname: '/etc', size: 0 }]],
      ['by a hard link', [{ name: 'keys', type: 'link', linkname: '/etc/passwd', size: 0 }]],
      ['twice', [{ name: 'a' }, { name: 'a' }]],
      ['without a list', [{ name: 'a' }]],
      ['nothing', []],
    ]
    for (const [name, entries] of tries) {
      const path = await forged(`forged ${name}`, entries)
      await expect(read(path, { identities: [identity] }), name).rejects.toMatchObject({ kind: 'damaged' })
    }
    await expect(read(await forged('not packed', [], false), { identities: [identity] })).rejects.toMatchObject({
      kind: 'damaged',
    })
  })

  it('takes a file that shrinks or grows meanwhile at the length it had', async () => {
    const path = join(folder, 'moving')
    const file = await open(path, 'wx')
    await writeArchive(file, forHolder, async (add) => {
      await add('shrank', 0o600, 10, Readable.from([Buffer.from('1234')]))
      await add('grew', 0o600, 3, Readable.from([Buffer.from('123456')]))
    })
    await file.close()
    const found = await read(path, { identities: [identity] })
    expect(found['shrank']).toEqual(Buffer.from('1234\0\0\0\0\0\0'))
    expect(found['grew']).toEqual(Buffer.from('123'))
  })
})
