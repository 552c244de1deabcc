import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fsck } from '../fsck/fsck.ts'
import { utf8 } from '../verify/bytes.ts'
import { openCheckpointByAll } from '../verify/checkpoint.ts'
import { parseVerifierKey } from '../verify/keys.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import type { LogKeys } from './log-keys.ts'
import { type Log, openLog } from './open-log.ts'
import { newEd25519Key, type Signer } from './signer.ts'

const origin = 'zhongheng.example/ledger'
const now = (): Date => new Date('2026-11-21T05:00:00.000Z')
const [old, young] = [newEd25519Key().signer, newEd25519Key().signer]
const away = (key: Signer): Signer => ({
  ...key,
  sign: () => Promise.reject(new Error('the token was pulled out')),
})

/** The old key alone up to 10 entries, both up to 20, then the young one. */
const changing = (oldOne: Signer = old): LogKeys => {
  const at = (size: number) => (size <= 10 ? [oldOne] : size <= 20 ? [young, oldOne] : [young])
  return {
    keysAt: async (size) => at(size).map(({ publicKey }) => ({ publicKey })),
    signersAt: async (size) => at(size),
  }
}

let folder: string
let open: Log[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-rotation-'))
})
afterEach(async () => {
  for (const log of open) await log.close()
  open = []
  await rm(folder, { recursive: true })
})
const begin = async (signer: LogKeys = changing()): Promise<Log> => {
  const log = await openLog({ folder, origin, signer, now })
  open.push(log)
  return log
}
const grow = async (log: Log, to: number): Promise<void> => {
  await log.append(Array.from({ length: to - log.size }, (_, at) => utf8(`entry ${log.size + at}`)))
}
const opensFor = (note: string, ...keys: Signer[]): boolean =>
  openCheckpointByAll(
    nodeCrypto,
    utf8(note),
    keys.map(({ publicKey }) => ({ publicKey })),
  ) !== undefined
const shownKey = async (): Promise<Uint8Array | undefined> =>
  parseVerifierKey(nodeCrypto.sha256, (await readFile(join(folder, 'verifier-key'), 'utf8')).trim())?.publicKey

describe('a log whose keys change', () => {
  it('is signed at each size by the keys of that size, and shows the newest beside it', async () => {
    const log = await begin()
    await grow(log, 5)
    const first = await log.checkpoint()
    expect([opensFor(first, old), opensFor(first, young)]).toEqual([true, false])
    expect(await shownKey()).toEqual(old.publicKey)
    await grow(log, 15)
    expect(opensFor(await log.checkpoint(), old, young)).toBe(true)
    expect(await shownKey()).toEqual(young.publicKey)
    await grow(log, 25)
    const last = await log.checkpoint()
    expect([opensFor(last, old), opensFor(last, young)]).toEqual([false, true])
    expect(await fsck(folder)).toMatchObject({ ok: true, size: 25 })
  })

  it('is opened again under whichever keys signed it last', async () => {
    for (const size of [5, 15, 25]) {
      const log = await begin()
      await grow(log, size)
      await log.checkpoint()
      await log.close()
    }
    expect((await begin()).size).toBe(25)
  })

  it('keeps what was appended while the key cannot sign, and goes on once another may', async () => {
    const log = await begin(changing(away(old)))
    await grow(log, 5)
    await expect(log.checkpoint()).rejects.toThrow('pulled out')
    await expect(log.checkpoint()).rejects.toThrow('pulled out')
    await log.close()
    const again = await begin(changing(away(old)))
    expect(again.size).toBe(5)
    await grow(again, 25)
    expect(opensFor(await again.checkpoint(), young)).toBe(true)
    expect(await fsck(folder)).toMatchObject({ ok: true, size: 25, beyond: 0 })
  })

  it('gives out no note that lacks a line of an overlap', async () => {
    const log = await begin(changing(away(old)))
    await grow(log, 15)
    await expect(log.checkpoint()).rejects.toThrow('pulled out')
    await expect(readFile(join(folder, 'checkpoint'))).rejects.toThrow('ENOENT')
  })
})
