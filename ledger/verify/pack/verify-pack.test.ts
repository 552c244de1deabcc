import { execFileSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import yauzl from 'yauzl'
import yazl from 'yazl'
import type { Log } from '../../log/open-log.ts'
import { newEd25519Key } from '../../log/signer.ts'
import { fingerprint } from '../keys.ts'
import { nodeCrypto } from '../node-crypto.ts'
import {
  contentsOf,
  entry,
  forged,
  inMemory,
  inputOf,
  logOf,
  packed,
  recordedProofs,
  sent,
  signer,
  storyOf,
} from '../../pack/pack-for-tests.ts'
import type { Manifest } from './format.ts'
import { type PackVerdict, verifyPack } from './verify-pack.ts'
import type { PackInput } from '../../pack/write-pack.ts'

let folder: string
let log: Log
let pack: Buffer

const verify = (bytes: Uint8Array, pinned?: string[]): Promise<PackVerdict> =>
  verifyPack(inMemory(bytes), pinned === undefined ? {} : { pinned })
const mine = fingerprint(nodeCrypto.sha256, signer.publicKey)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-pack-'))
  log = await logOf(join(folder, 'log'), storyOf(recordedProofs()))
  pack = (await packed(await inputOf(log))).bytes
})
afterAll(async () => {
  await log.close()
  await rm(folder, { recursive: true })
})

describe('an evidence pack that is whole', () => {
  it('verifies and says what it proves', async () => {
    expect(await verify(pack, [mine])).toMatchObject({
      ok: true,
      counts: { files: 14, entries: 5, proofs: 7, findings: 1, exchanges: 2, segments: 1, documents: 1, withheld: 1 },
      about: { kind: 'engagement' },
      log: { origin: 'zhongheng.example/ledger', size: 305, fingerprint: mine, signedAt: '2026-11-21T05:00:00.000Z' },
      pinned: true,
    })
  })

  it('has the same bytes when it is made again from the same input', async () => {
    const input = await inputOf(log)
    const [one, two] = [await packed(input), await packed({ ...input, entries: [...input.entries].reverse() })]
    expect(one.bytes.equals(two.bytes)).toBe(true)
    expect(one.summary).toEqual(two.summary)
    expect(one.summary.bytes).toBe(one.bytes.length)
  })

  it('opens with other tools', async () => {
    const path = join(folder, 'pack.zip')
    await writeFile(path, pack)
    const zip = await yauzl.openPromise(path, { strictFileNames: true })
    const names: string[] = []
    for await (const one of zip.eachEntry()) names.push(one.fileName)
    expect(names).toContain('exchanges/xch_0/request.bin')
    const list = execFileSync('python3', [
      '-c',
      'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1])\nprint(z.testzip(), z.read("exchanges/xch_0/request.bin"))',
      path,
    ])
    expect(list.toString()).toContain(`None b"GET /orders/0'`)
  })

  it('blanks the salt of a side that is withheld', async () => {
    expect(pack.includes(recordedProofs()[2]?.responseSalt ?? 'no salt')).toBe(false)
    expect(pack.includes(recordedProofs()[2]?.requestSalt ?? 'no salt')).toBe(true)
  })
})

describe('one changed byte', () => {
  it.each([
    ['an entry', 'finding.submitted', { file: 'entries.jsonl' }],
    ['a request', 'GET /orders/2', { file: 'exchanges/xch_2/request.bin' }],
    ['a report', '%PDF-1.7', { file: 'documents/test-report.pdf' }],
    ['the reason for withholding', 'personal data', { file: 'withheld.json' }],
    ['the manifest', 'zhongheng-evidence-pack', { file: 'manifest.json' }],
    ['the time of making', 'madeAt":"2026', { file: 'manifest.json' }],
  ])('in %s is named', async (_, text, fault) => {
    const bytes = Buffer.from(pack)
    const at = bytes.indexOf(text) + text.length - 1
    bytes[at] = (bytes[at] ?? 0) ^ 1
    expect(await verify(bytes)).toMatchObject({ ok: false, fault })
  })

  it('in an entry is named with the entry and in the container with the byte', async () => {
    const changed = Buffer.from(pack)
    const at = changed.indexOf('fnd_1') + 4
    changed[at] = 0x32
    expect(await verify(changed)).toMatchObject({ ok: false, fault: { file: 'entries.jsonl', entry: 302 } })
    const dated = Buffer.from(pack)
    dated[12] = 0x22
    expect(await verify(dated)).toMatchObject({ ok: false, fault: { file: 'zip', offset: 12 } })
  })
})

describe('a pack cut, padded or made by somebody else', () => {
  it('is refused at every length', async () => {
    for (let length = 0; length < pack.length; length += 1 + Math.floor(length / 40)) {
      expect(await verify(pack.subarray(0, length)), `${length} bytes`).toMatchObject({ ok: false })
    }
    expect(await verify(pack.subarray(0, -1))).toMatchObject({ ok: false, fault: { offset: pack.length - 1 } })
  })

  it.each([
    ['a byte', Buffer.from('x')],
    ['a zero', Buffer.alloc(1)],
    ['another zip', Buffer.from('PK\u0005\u0006')],
  ])('is refused with %s behind it', async (_, more) => {
    expect(await verify(Buffer.concat([pack, more]))).toMatchObject({
      ok: false,
      fault: { file: 'zip', offset: pack.length },
    })
    expect(await verify(Buffer.concat([more, pack]))).toMatchObject({ ok: false })
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a picture', Buffer.from('\u0089PNG\r\n\u001a\n'.repeat(50))],
    ['zeros', Buffer.alloc(100_000)],
  ])('is refused when it is %s', async (_, bytes) => {
    expect(await verify(bytes)).toMatchObject({ ok: false, fault: { file: 'zip' } })
  })

  it('is refused when the same files are packed by another program', async () => {
    const zip = new yazl.ZipFile()
    for (const [name, bytes] of await contentsOf(pack)) zip.addBuffer(bytes, name, { compress: true })
    zip.end()
    const pieces: Buffer[] = []
    for await (const piece of zip.outputStream) pieces.push(Buffer.from(piece))
    expect(await verify(Buffer.concat(pieces))).toMatchObject({ ok: false, fault: { file: 'zip' } })
  })

  it('is refused when it claims a manifest of four gigabytes', async () => {
    const bytes = Buffer.from(pack)
    for (const field of [18, 22]) bytes.writeUInt32LE(0xffff_fff0, field)
    expect(await verify(bytes)).toMatchObject({ ok: false, fault: { file: 'manifest.json' } })
  })
})

describe('what may not be packed', () => {
  const proofs = recordedProofs()
  const whole = (number: number) => ({
    proof: proofs[number] ?? fail(),
    request: () => [sent(number).request],
    response: () => [sent(number).response],
  })
  const refused: [string, Partial<PackInput> | (() => Promise<Partial<PackInput>>), { file: string }][] = [
    ['a name that walks', { documents: [{ name: '../evil.pdf', bytes: () => [] }] }, { file: 'documents/../evil.pdf' }],
    ['an absolute name', { documents: [{ name: '/etc/passwd', bytes: () => [] }] }, { file: 'documents//etc/passwd' }],
    [
      'a document that no entry binds',
      { documents: [{ name: 'other.pdf', bytes: () => [Buffer.from('x')] }] },
      { file: 'documents/other.pdf' },
    ],
    [
      'a document other than the signed one',
      { documents: [{ name: 'test-report.pdf', bytes: () => [] }] },
      { file: 'documents/test-report.pdf' },
    ],
    ['a signed document left out in silence', { documents: [] }, { file: 'entries.jsonl' }],
    ['a cited exchange left out in silence', { exchanges: [whole(0)], withheld: [] }, { file: 'entries.jsonl' }],
    [
      'an exchange that no finding cites',
      { exchanges: [whole(0), whole(1), whole(2)], withheld: [] },
      { file: 'exchanges/xch_1/proof.json' },
    ],
    [
      'a side left out in silence',
      { exchanges: [whole(0), { ...whole(2), response: null }], withheld: [] },
      { file: 'exchanges/xch_2/proof.json' },
    ],
    [
      'other bytes than were recorded',
      { exchanges: [{ ...whole(0), request: () => [Buffer.from('GET / HTTP/1.1\r\n\r\n')] }, whole(2)], withheld: [] },
      { file: 'exchanges/xch_0/request.bin' },
    ],
    [
      'an entry of another engagement',
      async () => ({ entries: [...(await inputOf(log)).entries, 7] }),
      { file: 'entries.jsonl' },
    ],
    [
      'a manifest signed by a key that the ledger does not know',
      { signer: newEd25519Key().signer },
      { file: 'keys/installation.pem' },
    ],
    ['a checkpoint of another log', { logKey: newEd25519Key().signer.publicKey }, { file: 'checkpoint' }],
  ]
  it.each(refused)('refuses %s before a byte is written', async (_, more, fault) => {
    const input = await inputOf(log, typeof more === 'function' ? await more() : more)
    await expect(packed(input)).rejects.toMatchObject({ name: 'PackError', fault })
  })

  it('refuses two documents whose names differ only in case', async () => {
    const bytes = (): Uint8Array[] => []
    const input = await inputOf(log, {
      documents: [
        { name: 'a.pdf', bytes },
        { name: 'A.pdf', bytes },
      ],
    })
    await expect(packed(input)).rejects.toMatchObject({ name: 'PackError' })
  })
})

describe('a pack forged by somebody who holds the signing key', () => {
  const line = (files: Map<string, Buffer>, number: number): string =>
    String(files.get('entries.jsonl')).split('\n')[number] ?? ''
  const entries = (files: Map<string, Buffer>, change: (lines: string[]) => string[]): void => {
    const lines = String(files.get('entries.jsonl')).split('\n').slice(0, -1)
    files.set(
      'entries.jsonl',
      Buffer.from(
        change(lines)
          .map((one) => `${one}\n`)
          .join(''),
      ),
    )
  }
  const swap = (files: Map<string, Buffer>, name: string, from: string, to: string): void => {
    files.set(name, Buffer.from(String(files.get(name)).replace(from, to)))
  }

  it('verifies when nothing was forged', async () => {
    expect((await forged(pack, () => undefined)).equals(pack)).toBe(true)
  })

  it.each<[string, (files: Map<string, Buffer>) => void, { file: string; entry?: number }]>([
    [
      'another time in an entry',
      (files) => swap(files, 'entries.jsonl', '05:00:00', '06:00:00'),
      { file: 'entries.jsonl', entry: 300 },
    ],
    [
      'another actor',
      (files) => entries(files, ([a, ...rest]) => [a ?? '', ...rest.map((one) => one.replace('per_lin', 'per_wu'))]),
      { file: 'entries.jsonl', entry: 301 },
    ],
    [
      'an entry at another place',
      (files) => swap(files, 'entries.jsonl', '"index":303', '"index":304'),
      { file: 'entries.jsonl', entry: 304 },
    ],
    [
      'two entries in the wrong order',
      (files) => entries(files, ([a, b, ...rest]) => [b ?? '', a ?? '', ...rest]),
      { file: 'entries.jsonl', entry: 300 },
    ],
    [
      'an entry twice',
      (files) => entries(files, (lines) => [...lines, lines.at(-1) ?? '']),
      { file: 'entries.jsonl', entry: 304 },
    ],
    [
      'the seal left out',
      (files) => entries(files, (lines) => lines.filter((one) => !one.includes('segment.sealed'))),
      { file: 'exchanges/xch_0/proof.json' },
    ],
    [
      'the finding left out',
      (files) => entries(files, (lines) => lines.filter((one) => !one.includes('finding.submitted'))),
      { file: 'exchanges/xch_0/proof.json' },
    ],
    [
      'an entry with a member too many',
      (files) => entries(files, ([a, ...rest]) => [a?.replace('"v":1', '"v":1,"w":2') ?? '', ...rest]),
      { file: 'entries.jsonl' },
    ],
    [
      'an entry in another spelling',
      (files) => entries(files, ([a, ...rest]) => [a?.replace('"v":1', '"v":1.0') ?? '', ...rest]),
      { file: 'entries.jsonl' },
    ],
    [
      'a member named twice',
      (files) => entries(files, ([a, ...rest]) => [a?.replace('"v":1', '"v":1,"v":1') ?? '', ...rest]),
      { file: 'entries.jsonl' },
    ],
    ['nesting without end', (files) => entries(files, () => ['['.repeat(100_000)]), { file: 'entries.jsonl' }],
    [
      'a line without end',
      (files) => files.set('entries.jsonl', Buffer.alloc(700_000, 0x20)),
      { file: 'entries.jsonl' },
    ],
    [
      'a last line cut short',
      (files) => files.set('entries.jsonl', Buffer.from(line(files, 0))),
      { file: 'entries.jsonl' },
    ],
    [
      'a request that was never sent',
      (files) => swap(files, 'exchanges/xch_0/request.bin', 'GET', 'PUT'),
      { file: 'exchanges/xch_0/request.bin' },
    ],
    [
      'another salt',
      (files) => swap(files, 'exchanges/xch_0/proof.json', 'requestSalt":"', 'requestSalt":"00'),
      { file: 'exchanges/xch_0/request.bin' },
    ],
    [
      'another status',
      (files) => swap(files, 'exchanges/xch_0/proof.json', '"status":500', '"status":200'),
      { file: 'exchanges/xch_0/proof.json' },
    ],
    [
      'another segment file',
      (files) => swap(files, 'exchanges/xch_0/proof.json', '"sha256":"', '"sha256":"00'),
      { file: 'exchanges/xch_0/proof.json' },
    ],
    [
      'an exchange without its proof',
      (files) => files.delete('exchanges/xch_0/proof.json'),
      { file: 'exchanges/xch_0/request.bin' },
    ],
    [
      'a side left out',
      (files) => files.delete('exchanges/xch_0/response.bin'),
      { file: 'exchanges/xch_0/proof.json' },
    ],
    [
      'another report',
      (files) => swap(files, 'documents/test-report.pdf', 'shop', 'bank'),
      { file: 'documents/test-report.pdf' },
    ],
    [
      'nothing withheld',
      (files) => files.set('withheld.json', Buffer.from('{"items":[]}')),
      { file: 'exchanges/xch_2/proof.json' },
    ],
    ['no list of what is withheld', (files) => files.delete('withheld.json'), { file: 'withheld.json' }],
    ['no entries', (files) => files.delete('entries.jsonl'), { file: 'entries.jsonl' }],
    ['no checkpoint', (files) => files.delete('checkpoint'), { file: 'checkpoint' }],
    ['no key', (files) => files.delete('keys/log.pem'), { file: 'keys/log.pem' }],
    ['a smaller checkpoint', (files) => swap(files, 'checkpoint', '\n305\n', '\n304\n'), { file: 'checkpoint' }],
    [
      'a key without a role',
      (files) => files.set('keys/other.pem', files.get('keys/log.pem') ?? Buffer.alloc(0)),
      { file: 'keys/other.pem' },
    ],
  ])('fails with %s', async (_, change, fault) => {
    expect(await verify(await forged(pack, change))).toMatchObject({ ok: false, fault })
  })

  const file = {
    name: 'documents/x',
    size: 0,
    sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  }
  it.each<[string, (manifest: Manifest) => object]>([
    ['a name that walks', (manifest) => ({ files: [...manifest.files, { ...file, name: 'x/../../evil' }] })],
    ['a name with a backslash', (manifest) => ({ files: [...manifest.files, { ...file, name: 'x\\evil' }] })],
    ['a name twice', (manifest) => ({ files: [...manifest.files, manifest.files.at(-1)] })],
    ['files out of order', (manifest) => ({ files: [...manifest.files].reverse() })],
    [
      'a terabyte declared',
      (manifest) => ({ files: [{ ...manifest.files[0], size: 2 ** 40 }, ...manifest.files.slice(1)] }),
    ],
    [
      'more bytes than a number holds',
      (manifest) => ({ files: manifest.files.map((one) => ({ ...one, size: 2 ** 53 - 1 })) }),
    ],
    ['a negative size', (manifest) => ({ files: [{ ...manifest.files[0], size: -1 }, ...manifest.files.slice(1)] })],
    [
      'a hundred thousand files and one',
      () => ({ files: Array.from({ length: 100_001 }, (_, at) => ({ ...file, name: `documents/${at}` })) }),
    ],
    ['another root than the checkpoint', (manifest) => ({ log: { ...manifest.log, root: file.sha256 } })],
    ['a member too many', () => ({ comment: 'hello' })],
    ['another format', () => ({ format: 'zhongheng-evidence-pack/2' })],
    [
      'a key of another fingerprint',
      (manifest) => ({ keys: manifest.keys.map((key) => ({ ...key, fingerprint: file.sha256 })) }),
    ],
  ])('fails with a manifest that holds %s', async (_, change) => {
    const verdict = await verify(await forged(pack, () => undefined, change))
    expect(verdict).toMatchObject({ ok: false })
  })
})

describe('whose key it is', () => {
  it('is refused when another key was named', async () => {
    expect(await verify(pack, ['0'.repeat(64)])).toMatchObject({ ok: false, fault: { file: 'keys/log.pem' } })
  })

  it('is only consistency when no key was named', async () => {
    expect(await verify(pack)).toMatchObject({ ok: true, pinned: false, log: { fingerprint: mine } })
  })

  it('may be another for the manifest, when the ledger announces it', async () => {
    const other = newEd25519Key().signer
    const story = storyOf(recordedProofs())
    story[4] = entry(4, 'key.announced', {
      role: 'installation',
      fingerprint: fingerprint(nodeCrypto.sha256, other.publicKey),
    })
    const second = await logOf(join(folder, 'second'), story)
    const { bytes } = await packed(await inputOf(second, { signer: other }))
    await second.close()
    expect(await verify(bytes, [mine])).toMatchObject({ ok: true })
  })

  it('can be checked with stock openssl', async () => {
    const files = await contentsOf(pack)
    const at = async (name: string): Promise<string> => {
      const path = join(folder, name.replace('/', '-'))
      await writeFile(path, files.get(name) ?? Buffer.alloc(0))
      return path
    }
    const [key, manifest, signature] = [
      await at('keys/installation.pem'),
      await at('manifest.json'),
      await at('manifest.sig'),
    ]
    const answer = execFileSync('openssl', [
      'pkeyutl',
      '-verify',
      '-rawin',
      '-pubin',
      '-inkey',
      key,
      '-in',
      manifest,
      '-sigfile',
      signature,
    ])
    expect(answer.toString()).toContain('Signature Verified Successfully')
    const der = execFileSync('openssl', ['pkey', '-pubin', '-in', key, '-outform', 'DER'])
    expect(Buffer.from(nodeCrypto.sha256(der)).toString('hex')).toBe(mine)
  })
})

function fail(): never {
  throw new Error('three exchanges were recorded')
}
