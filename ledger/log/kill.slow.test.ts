import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { fsck } from '../fsck/fsck.ts'
import { toHex, utf8 } from '../verify/bytes.ts'
import { leafHash, RootBuilder } from '../verify/merkle.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { openLog } from './open-log.ts'
import { ed25519Signer, newEd25519Key } from './signer.ts'

const kills = 12
const origin = 'zhongheng.example/killed'
const { sha256 } = nodeCrypto
const writer = fileURLToPath(new URL('writer-for-kill-test.ts', import.meta.url))

/** Lets the writer work until it has acknowledged `lines` batches, then kills it. @returns the last acknowledged size */
async function killed(folder: string, pem: string, seed: number, lines: number): Promise<number> {
  const child = spawn(process.execPath, [writer, folder, origin, pem, String(seed)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    if (text.split('\n').length > lines) child.kill('SIGKILL')
  })
  await ended
  // Only whole lines were said; what the pipe still held when the process died was acknowledged too.
  return Number(text.split('\n').at(-2) ?? 0)
}

it(`loses, doubles and reorders nothing acknowledged when its writer is killed ${kills} times`, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'zh-kill-'))
  const { privateKeyPem } = newEd25519Key()
  try {
    let acknowledged = 0
    for (let round = 0; round < kills; round++) {
      acknowledged = Math.max(acknowledged, await killed(folder, privateKeyPem, round + 1, 1 + ((round * 7) % 23)))
      const log = await openLog({ folder, origin, signer: ed25519Signer(privateKeyPem), now: () => new Date() })
      expect(log.size).toBeGreaterThanOrEqual(acknowledged)
      const expected = new RootBuilder(sha256)
      for (let index = 0; index < log.size; index++) expected.add(leafHash(sha256, utf8(`entry ${index}`)))
      expect(toHex(log.root())).toBe(toHex(expected.root()))
      // Opening promises nothing; whoever writes signs what was found, as the sequencer does in its first turn.
      await log.checkpoint()
      await log.close()
      expect(await fsck(folder)).toMatchObject({ ok: true, size: log.size, beyond: 0 })
    }
    expect(acknowledged).toBeGreaterThan(kills)
  } finally {
    await rm(folder, { recursive: true })
  }
})
