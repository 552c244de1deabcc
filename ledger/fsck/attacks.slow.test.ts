import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openLogReader } from '../log/read-log.ts'
import { sameBytes, utf8 } from '../verify/bytes.ts'
import { noteAlgorithms } from '../verify/keys.ts'
import { judgeCheckpoint } from '../witness/judge.ts'
import {
  at,
  earlier,
  folder,
  judged,
  kept,
  leaves,
  made,
  makeAttackedLog,
  missedOf,
  origin,
  removeAttackedLog,
  signer,
  size,
  whole,
  write,
} from './attacks-for-tests.ts'
import { fsck } from './fsck.ts'

const attacks = 1000

beforeAll(makeAttackedLog)
afterAll(removeAttackedLog)

it(`PUB-LE-01 of ${attacks} random attacks every one is found, and the first bad entry named`, async () => {
  expect(await fsck(folder, signer.publicKey, { kept })).toMatchObject({ ok: true, size })
  expect(await missedOf(attacks)).toEqual([])
  expect(await fsck(folder, signer.publicKey, { kept })).toMatchObject({ ok: true, size })
}, 240_000)

const logKey = { name: origin, algorithm: noteAlgorithms.ed25519, publicKey: signer.publicKey }
const promised = (): { size: number; root: Uint8Array; note: string } => ({ size, root: whole.root, note: whole.note })

it('PUB-LE-02 the last k entries and the newest checkpoint dropped, for k from 1 to 100: the witness refuses, and its heads tell the rollback', async () => {
  for (let k = 1; k <= 100; k++) {
    const cut = await made(leaves.slice(0, size - k))
    const none = (): Promise<undefined> => Promise.resolve(undefined)
    expect(await judgeCheckpoint(utf8(cut.note), [logKey], promised(), none, at)).toMatchObject({ verdict: 'rollback' })
    const verdict = await judged(cut.files, true)
    expect(verdict).toMatchObject({ ok: false, fault: { entry: size - k, before: size } })
    expect(verdict.ok ? '' : verdict.fault.what.en).toContain('rolled back')
  }
})

it('PUB-LE-03 an older state put back and written on: the log itself cannot prove the witnessed head to be its beginning', async () => {
  const back = [...leaves.slice(0, 640), ...Array.from({ length: 200 }, (_, n) => utf8(`written on ${n}`))]
  const other = await made(back)
  rmSync(join(folder, 'tile'), { recursive: true })
  write(other.files)
  const reader = await openLogReader({ folder, origin, signer, now: () => at })
  const prove = async (from: number, to: number) => ({ path: await reader.consistencyProof(from, to), from: undefined })
  const judgement = await judgeCheckpoint(utf8(other.note), [logKey], promised(), prove, at)
  expect(['fork', 'unproven']).toContain(judgement.verdict)
  expect(await fsck(folder, signer.publicKey, { kept })).toMatchObject({
    ok: false,
    fault: { entry: 555, before: size },
  })
  rmSync(join(folder, 'tile'), { recursive: true })
  write(whole.files)
})

it('a head that was kept is borne out wherever it ends, also by a run that goes on where another stopped', async () => {
  for (const from of [0, 256, 512])
    expect(await fsck(folder, signer.publicKey, { kept, from }), `from ${from}`).toMatchObject({ ok: true, size })
  expect(sameBytes(earlier.get(size)?.root ?? new Uint8Array(), whole.root)).toBe(true)
})
