import { makeAttackedLog, missedOf, removeAttackedLog } from '@zhongheng/ledger/fsck/attacks-for-tests.ts'
import type { Figure } from '../main.ts'

const attacks = 1000

/** Random attacks on a log whose heads a witness kept: how many are found with the first bad entry named, and how fast. */
export async function measureAttacks(): Promise<Figure[]> {
  await makeAttackedLog()
  try {
    const begun = performance.now()
    const missed = await missedOf(attacks)
    const seconds = (performance.now() - begun) / 1000
    for (const one of missed) console.error(`not found: ${one}`)
    return [
      {
        key: 'figures.attacks_found_percent',
        what: `random attacks found, and the first bad entry named, of ${attacks.toLocaleString('en')}`,
        value: ((attacks - missed.length) / attacks) * 100,
        unit: '%',
        reach: '100',
      },
      { key: 'figures.attacks_s', what: '  in', value: Math.round(seconds * 10) / 10, unit: 's' },
    ]
  } finally {
    removeAttackedLog()
  }
}
