import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

type Result = {
  readonly attempts: number
  readonly names: number
  readonly allowed: readonly boolean[]
  readonly insideSeen: number
  readonly control: number
  readonly escaped: readonly string[]
  readonly working: boolean
  readonly faults: readonly string[]
}

/** How this machine makes a network namespace: as root, or in a user namespace; undefined where it does not. */
const unshare = [['-n'], ['-rn']].find(
  (flags) => spawnSync('unshare', [...flags, 'sh', '-c', 'ip link set lo up && nft list ruleset']).status === 0,
)
if (unshare === undefined) console.log('Not run: evasions (no network namespace here, or no ip, nft, curl)')

/*
 * Mr Shen, a tester with a good lease, tries to make the gateway send one packet to where his scope does not reach.
 * The gateway stands in a network namespace in which every address of the world is this machine and answers, and a packet filter counts.
 */
describe.skipIf(unshare === undefined)('evasions, counted by a packet filter', () => {
  it('leave nothing behind outside the scope, by whatever notation, protocol, name or framing', async () => {
    const { stdout } = await promisify(execFile)(
      'unshare',
      [...(unshare ?? []), process.execPath, `${import.meta.dirname}/inside.ts`],
      { timeout: 200_000, maxBuffer: 8 << 20 },
    )
    const result = JSON.parse(stdout) as Result
    expect(result.allowed).toEqual([true, true, true, true])
    expect(result.insideSeen).toBeGreaterThan(20)
    expect(result.control).toBeGreaterThan(3)
    expect(result.escaped).toEqual([])
    expect(result.attempts).toBeGreaterThanOrEqual(1600)
    expect(result.names).toBe(result.attempts)
    expect(result.working).toBe(true)
    expect(result.faults).toEqual([])
    console.log(`evasions: ${result.attempts} attempts, 0 packets outside (the filter saw ${result.insideSeen} inside)`)
  }, 240_000)
})
