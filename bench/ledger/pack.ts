import { join } from 'node:path'
import {
  entry,
  inMemory,
  inputOf,
  logOf,
  packed,
  recordedProofs,
  signer,
  storyOf,
} from '@zhongheng/ledger/pack/pack-for-tests.ts'
import { fingerprint } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifyPack } from '@zhongheng/ledger/verify/pack/verify-pack.ts'
import type { Figure } from '../main.ts'
import { inBenchFolder, median } from './engine.ts'

const entries = 10_000
const rounds = 5

/** An evidence pack of 10,000 entries, each with its proof, checked as `heng verify` does. */
export const measurePack = (): Promise<Figure[]> =>
  inBenchFolder(async (folder) => {
    const story = storyOf(recordedProofs())
    const more = Array.from({ length: entries - story.length }, (_, at) =>
      entry(10_000 + at, 'finding.read', { n: at }),
    )
    const log = await logOf(join(folder, 'log'), [...more, ...story], 0)
    const { bytes } = await packed(await inputOf(log, { entries: Array.from({ length: entries }, (_, at) => at) }))
    await log.close()
    const pinned = [fingerprint(nodeCrypto.sha256, signer.publicKey)]
    const seconds: number[] = []
    for (let round = 0; round < rounds; round++) {
      const begun = performance.now()
      const verdict = await verifyPack(inMemory(bytes), { pinned })
      seconds.push((performance.now() - begun) / 1000)
      if (!verdict.ok) throw new Error('the pack that was measured does not verify')
    }
    return [
      {
        key: 'figures.pack_10k_verify_s',
        what: 'an evidence pack of 10,000 entries verified',
        value: Math.round(median(seconds) * 1000) / 1000,
        unit: 's',
        reach: 'at most 1',
      },
    ]
  })
