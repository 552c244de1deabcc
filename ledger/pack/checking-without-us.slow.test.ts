import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openAuthority } from '../time-stamps/authority-for-tests.ts'
import { timeStampRequest } from '../time-stamps/request.ts'
import { utf8 } from '../verify/bytes.ts'
import { fingerprint } from '../verify/keys.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { entry, forged, inputOf, logOf, packed, recordedProofs, signer, storyOf } from './pack-for-tests.ts'

const tools = ['bash', 'openssl', 'jq', 'xxd', 'unzip']
const missing = tools.filter((tool) => spawnSync('which', [tool]).status !== 0)

const guide = (name: string): Promise<string> => readFile(new URL(`../../docs/guides/${name}`, import.meta.url), 'utf8')
const blocksOf = (text: string): string[] => [...text.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block = '']) => block)

let folder: string
let ca: string
let pack: Buffer
let script: string
let runs = 0

beforeAll(async () => {
  if (missing.length > 0) return
  folder = await mkdtemp(join(tmpdir(), 'zh-guide-'))
  const tsa = join(folder, 'tsa')
  await mkdir(tsa)
  const authority = openAuthority(tsa)
  ca = authority.ca
  const log = await logOf(join(folder, 'log'), storyOf(recordedProofs()), 70)
  const checkpoint = await log.checkpoint()
  const answer = authority.reply(timeStampRequest(nodeCrypto.sha256, utf8(checkpoint), randomBytes(8)))
  const story = log.size - 5
  await log.append(
    Array.from({ length: 40 }, (_, number) => utf8(canonicalJson(entry(9000 + number, 'finding.moved', {})))),
  )
  const input = { ...(await inputOf(log)), entries: [0, 1, 2, 3, 4].map((number) => story + number) }
  pack = (await packed({ ...input, timeStamps: [{ checkpoint, answer }] })).bytes
  await log.close()
  script = blocksOf(await guide('checking-without-us.md')).join('\n')
})
afterAll(() => (folder === undefined ? undefined : rm(folder, { recursive: true })))

/** Follows the guide in a folder of its own, as somebody would who has only the pack. */
async function followed(bytes: Buffer): Promise<{ holds: boolean; said: string }> {
  const at = join(folder, `reader-${runs++}`)
  await mkdir(at)
  await writeFile(join(at, 'pack.zip'), bytes)
  await writeFile(join(at, 'CA.pem'), ca)
  const run = spawnSync('bash', ['-c', `set -euo pipefail\n${script}`], { cwd: at, encoding: 'utf8' })
  return { holds: run.status === 0, said: `${run.stdout}${run.stderr}` }
}

/** What the log's and the installation's key would sign again for somebody who has both. */
const changed = (name: string, from: string, to: string): Promise<Buffer> =>
  forged(pack, (files) => {
    const before = String(files.get(name))
    expect(before).toContain(from)
    files.set(name, Buffer.from(before.replace(from, to)))
  })

it('has the same commands in both languages', async () => {
  const [english, chinese] = [
    blocksOf(await guide('checking-without-us.md')),
    blocksOf(await guide('checking-without-us.zh-CN.md')),
  ]
  expect(english.length).toBeGreaterThan(6)
  expect(chinese).toEqual(english)
})

describe.skipIf(missing.length > 0)(`the guide, word for word, with ${tools.join(', ')} and nothing of ours`, () => {
  it('proves checkpoint, entries, cited exchanges and time stamp of a pack', async () => {
    const { holds, said } = await followed(pack)
    expect(said).toContain(fingerprint(nodeCrypto.sha256, signer.publicKey))
    for (const index of [70, 71, 72, 73, 74]) expect(said).toContain(`entry ${index} is in the log`)
    expect(said).toContain('request of xch_0 is what the finding cites')
    expect(said).toContain('response of xch_0 is what the finding cites')
    expect(said).toContain('request of xch_2 is what the finding cites')
    expect(said).toContain('response of xch_2: withheld')
    expect(said).toContain('the record of xch_2 is in segment seg_1, sealed by entry 71')
    expect(said).toContain('Verification: OK')
    expect(said).toContain('the first 75 entries existed at that time')
    expect([holds, said.includes('NOT')]).toEqual([true, false])
  })

  it.each<[string, () => Promise<Buffer>, string]>([
    ['an entry', () => changed('entries.jsonl', '"actor":"per_lin"', '"actor":"per_liu"'), 'NOT PROVED'],
    ['an audit path', () => changed('entries.jsonl', '"proof":["', `"proof":["${'0'.repeat(64)}","`), 'NOT PROVED'],
    ['a recorded request', () => changed('exchanges/xch_0/request.bin', 'GET', 'PUT'), 'NOT what the finding cites'],
    [
      'the record of an exchange',
      () => changed('exchanges/xch_0/proof.json', '"status":500', '"status":200'),
      'NOT SEALED',
    ],
    ['the size of the log', () => changed('checkpoint', '\n115\n', '\n116\n'), ''],
    ['the stamped head', () => changed('timestamps/75.checkpoint', '\n75\n', '\n74\n'), ''],
    [
      'the way from the stamped head',
      () => changed('timestamps/75.json', '"proof":["', `"proof":["${'1'.repeat(64)}","`),
      'does NOT go on',
    ],
    [
      'a file that the manifest does not name',
      async () => {
        const at = join(folder, `added-${runs++}.zip`)
        await writeFile(at, pack)
        await writeFile(join(folder, 'more.txt'), 'more')
        execFileSync('python3', [
          '-c',
          'import sys,zipfile\nzipfile.ZipFile(sys.argv[1],"a").write(sys.argv[2],"more.txt")',
          at,
          join(folder, 'more.txt'),
        ])
        return readFile(at)
      },
      'more.txt',
    ],
  ])('does not hold when somebody changed %s, though the manifest was signed again', async (_, make, expected) => {
    const { holds, said } = await followed(await make())
    expect([holds, said]).toEqual([false, expect.stringContaining(expected) as string])
  })
})
