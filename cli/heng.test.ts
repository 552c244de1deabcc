import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { openLog } from '@zhongheng/ledger/log/open-log.ts'
import { newEd25519Key } from '@zhongheng/ledger/log/signer.ts'
import { inputOf, logOf, recordedProofs, signer, storyOf } from '@zhongheng/ledger/pack/pack-for-tests.ts'
import { writePack } from '@zhongheng/ledger/pack/write-pack.ts'
import { toHex } from '@zhongheng/ledger/verify/bytes.ts'
import { fingerprint, toPem } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'

const bin = fileURLToPath(new URL('bin/heng.mjs', import.meta.url))
const mine = fingerprint(nodeCrypto.sha256, signer.publicKey)
let folder: string
let pack: string

function heng(...words: string[]): { exit: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...words], { encoding: 'utf8', cwd: folder })
  return { exit: status, out: stdout, err: stderr }
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-cli-'))
  pack = join(folder, 'evidence.zip')
  const log = await logOf(join(folder, 'log'), storyOf(recordedProofs()))
  await writePack(createWriteStream(pack), await inputOf(log))
  const receipt = {
    format: 'zhongheng-receipt/1',
    entry: { index: 302, leaf: Buffer.from(await log.entry(302)).toString('utf8') },
    proof: (await log.inclusionProof(302, 305)).map(toHex),
    checkpoint: await log.checkpoint(),
    key: log.verifierKey,
    names: { act: { zh: '提交漏洞', en: 'Finding submitted' }, actor: 'Wu', engagement: null, subject: null },
    madeAt: '2026-11-21T05:00:00.000Z',
  }
  await writeFile(join(folder, 'receipt.json'), JSON.stringify(receipt))
  const head = {
    format: 'zhongheng-consistency/1',
    from: 305,
    proof: (await log.consistencyProof(305, 305)).map(toHex),
  }
  await writeFile(join(folder, 'newer.json'), JSON.stringify({ ...head, checkpoint: await log.checkpoint() }))
  await log.close()
})
afterAll(() => rm(folder, { recursive: true }))

describe('heng verify', { timeout: 30_000 }, () => {
  it('answers 0 with counts, what is proved, by whose key, and what is not', () => {
    const { exit, out, err } = heng('verify', pack, '--lang', 'en')
    expect({ exit, err }).toEqual({ exit: 0, err: '' })
    expect(out).toContain('5 entries, 7 proofs, 1 findings, 2 exchanges, 1 documents, 0 time stamps, 1 withheld')
    expect(out).toContain(mine)
    expect(out).toContain('Whose key it is')
    expect(out).toContain('holds personal data')
  })

  it('says the same in Chinese', () => {
    const { exit, out } = heng('verify', pack, '--lang', 'zh')
    expect(exit).toBe(0)
    expect(out).toContain('验证通过')
    expect(out).toContain('条目 5，证明 7')
  })

  it('takes the trusted key as fingerprint, as PEM and as verifier key', async () => {
    const pem = join(folder, 'log.pem')
    await writeFile(pem, toPem(signer.publicKey))
    const spelled = `SHA256:${mine.toUpperCase().replace(/(..)(?=.)/g, '$1:')}`
    const shown = `SHA256:${Buffer.from(mine, 'hex').toString('base64').replace('=', '')}`
    for (const key of [mine, spelled, shown, pem, join(folder, 'log', 'verifier-key')]) {
      const { exit, out } = heng('verify', pack, '--lang=en', '--key', key)
      expect(exit).toBe(0)
      expect(out).toContain('the one you named')
      expect(out).not.toContain('Whose key it is')
    }
  })

  it('answers 1 for another key', () => {
    const { exit, out } = heng('verify', pack, '--lang', 'en', '--key', '0'.repeat(64))
    expect(exit).toBe(1)
    expect(out).toContain('keys/log.pem')
  })

  it('answers 1 with the first bad thing for one changed byte', async () => {
    const bytes = await readFile(pack)
    const at = bytes.indexOf('GET /orders/0')
    bytes[at] = 0x50
    const changed = join(folder, 'changed.zip')
    await writeFile(changed, bytes)
    const { exit, out } = heng('verify', changed, '--lang', 'en')
    expect(exit).toBe(1)
    expect(out).toContain('exchanges/xch_0/request.bin')
    const json = JSON.parse(heng('verify', changed, '--json').out) as object
    expect(json).toMatchObject({ ok: false, fault: { file: 'exchanges/xch_0/request.bin' } })
  })

  it('answers programs in JSON', () => {
    const verdict = JSON.parse(heng('verify', pack, '--json').out) as object
    expect(verdict).toMatchObject({ ok: true, counts: { entries: 5 }, log: { fingerprint: mine }, pinned: false })
  })

  it.each([
    ['no pack', ['verify']],
    ['two packs', ['verify', 'a.zip', 'b.zip']],
    ['a pack that is not there', ['verify', 'absent.zip']],
    ['a folder', ['verify', '.']],
    ['an unknown option', ['verify', 'evidence.zip', '--fast']],
    ['a key that is none', ['verify', 'evidence.zip', '--key', 'evidence.zip']],
    ['a key file that is not there', ['verify', 'evidence.zip', '--key', 'absent.pem']],
    ['a language it does not speak', ['verify', 'evidence.zip', '--lang', 'fr']],
    ['an unknown command', ['toString']],
  ])('answers 2 and how to call it for %s', (_, words) => {
    const { exit, out, err } = heng(...words)
    expect({ exit, out }).toEqual({ exit: 2, out: '' })
    expect(err).toContain('heng:')
    expect(err).not.toContain('\n    at ')
  })
})

describe('heng verify of a receipt', { timeout: 30_000 }, () => {
  const newer = (path: string, value: object): Promise<void> => writeFile(join(folder, path), JSON.stringify(value))

  it('answers 0, and holds it against a newer checkpoint', async () => {
    const { exit, out } = heng('verify', 'receipt.json', '--lang', 'en', '--key', mine)
    expect(exit).toBe(0)
    expect(out).toContain('ledger entry #302: finding.submitted')
    expect(out).toContain('the one you named')
    const held = heng('verify', 'receipt.json', '--lang', 'zh', '--against', 'newer.json')
    expect(held.exit).toBe(0)
    expect(held.out).toContain('其间没有改写')
  })

  it('answers 1 for a receipt or a log that was changed', async () => {
    const text = await readFile(join(folder, 'receipt.json'), 'utf8')
    await writeFile(join(folder, 'changed.json'), text.replace('fnd_1', 'fnd_2'))
    expect(heng('verify', 'changed.json', '--lang', 'en')).toMatchObject({ exit: 1 })
    const head = JSON.parse(await readFile(join(folder, 'newer.json'), 'utf8')) as { proof: string[] }
    await newer('forked.json', { ...head, proof: [...head.proof, '0'.repeat(64)] })
    expect(heng('verify', 'receipt.json', '--against', 'forked.json')).toMatchObject({ exit: 1 })
  })

  it('answers 2 for what is no receipt', async () => {
    await newer('odd.json', { format: 'zhongheng-receipt/1' })
    expect(heng('verify', 'odd.json', '--lang', 'en')).toMatchObject({ exit: 2 })
    expect(heng('verify', 'receipt.json', '--against', 'odd.json')).toMatchObject({ exit: 2 })
    expect(heng('verify', 'evidence.zip', '--against', 'newer.json')).toMatchObject({ exit: 2 })
  })
})

describe('heng fsck', { timeout: 30_000 }, () => {
  it('answers 0 for a whole log and 1 with the place for a damaged one', async () => {
    const log = join(folder, 'log')
    expect(heng('fsck', log, '--lang', 'en')).toMatchObject({ exit: 0 })
    expect(heng('fsck', log, '--lang', 'en').out).toContain('305 entries')
    const damaged = join(folder, 'damaged')
    await cp(log, damaged, { recursive: true })
    const bundle = join(damaged, 'tile/entries/000')
    const bytes = await readFile(bundle)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    await writeFile(bundle, bytes)
    const { exit, out } = heng('fsck', damaged, '--lang', 'en')
    expect(exit).toBe(1)
    expect(out).toContain('tile/entries/000, entry 0')
  })
  it('PUB-LE-02 answers 1 for a log that knows less than a checkpoint kept elsewhere, and 2 for one of another log', async () => {
    const log = join(folder, 'log')
    const kept = join(folder, 'kept-checkpoint')
    await cp(join(log, 'checkpoint'), kept)
    expect(heng('fsck', log, '--kept', kept)).toMatchObject({ exit: 0 })
    const back = join(folder, 'back')
    const { signer } = newEd25519Key()
    for (const [name, count] of [
      ['newer', 9],
      ['back', 4],
    ] as const) {
      const fresh = await openLog({
        folder: join(folder, name),
        origin: 'a.example/log',
        signer,
        now: () => new Date(),
      })
      await fresh.append(Array.from({ length: count }, (_, at) => Buffer.from(`entry ${at}`)))
      await fresh.checkpoint()
      await fresh.close()
    }
    const { exit, out } = heng('fsck', back, '--kept', join(folder, 'newer', 'checkpoint'), '--lang', 'en')
    expect(exit).toBe(1)
    expect(out).toContain('between entries 4 and 8: the log has 4 entries')
    expect(heng('fsck', back, '--kept', kept)).toMatchObject({ exit: 2 })
  })
  it('names the entry whose traffic segment was changed or is missing without a disposal', async () => {
    const log = join(folder, 'with-segments')
    const engagement = join(folder, 'recorder/engagements/eng_1')
    await mkdir(engagement, { recursive: true })
    await writeFile(join(engagement, 'seg_1.zhs'), 'sealed bytes')
    const leaf = {
      v: 1,
      id: 'evt_1',
      at: '2026-11-21T05:00:00.000Z',
      kind: 'segment.sealed',
      engagementId: 'eng_1',
      subject: 'seg_1',
      actor: 'system',
      role: 'system',
      facts: { sha256: createHash('sha256').update('sealed bytes').digest('hex') },
    }
    const { signer } = newEd25519Key()
    const fresh = await openLog({ folder: log, origin: 'a.example/log', signer, now: () => new Date() })
    await fresh.append([Buffer.from('first'), Buffer.from(canonicalJson(leaf))])
    await fresh.checkpoint()
    await fresh.close()
    const check = () => heng('fsck', log, '--segments', join(folder, 'recorder'), '--lang', 'en')
    expect(check()).toMatchObject({ exit: 0 })
    await writeFile(join(engagement, 'seg_1.zhs'), 'sealed bytez')
    expect(check()).toMatchObject({ exit: 1, out: expect.stringContaining('eng_1/seg_1.zhs, entry 1') })
    await rm(join(engagement, 'seg_1.zhs'))
    expect(check()).toMatchObject({ exit: 1, out: expect.stringContaining('missing') })
    const note = (sha256: unknown) => writeFile(join(engagement, 'seg_1.rests'), JSON.stringify({ v: 1, sha256 }))
    await note(leaf.facts.sha256)
    expect(check()).toMatchObject({ exit: 0, out: expect.stringContaining('1 traffic segments rest in a store') })
    await note('00'.repeat(32))
    expect(check()).toMatchObject({ exit: 1, out: expect.stringContaining('rests in a store') })
    await rm(join(engagement, 'seg_1.rests'))
    await writeFile(join(engagement, 'engagement.json'), JSON.stringify({ disposedAt: '2026-11-21T05:00:00.000Z' }))
    expect(check()).toMatchObject({ exit: 0 })
  })
})

describe('heng ledger accept-restore', { timeout: 30_000 }, () => {
  it('leaves a word for the server, with a reason and only beside a log', async () => {
    const log = join(folder, 'log')
    const reason = 'disk of server 2 failed, back to the dump of 20 November, decided by Li Wei'
    expect(heng('ledger', 'accept-restore', log, '--reason', reason)).toMatchObject({ exit: 0 })
    expect(JSON.parse(await readFile(join(log, '.state/accept-restore.json'), 'utf8'))).toMatchObject({ v: 1, reason })
    for (const words of [
      ['accept-restore', log],
      ['accept-restore', log, '--reason', 'short'],
      ['accept-restore', join(folder, 'nowhere'), '--reason', reason],
      ['accept', log, '--reason', reason],
    ])
      expect(heng('ledger', ...words), words.join(' ')).toMatchObject({ exit: 2 })
  })
})

describe('heng', { timeout: 30_000 }, () => {
  it('explains itself, also without a word', () => {
    for (const words of [[], ['help'], ['--help']]) {
      const { exit, out } = heng(...words)
      expect(exit).toBe(0)
      expect(out).toContain('heng verify PACK|RECEIPT')
    }
  })

  it('tells its version', () => {
    expect(heng('version')).toMatchObject({ exit: 0, out: expect.stringContaining('zhongheng-evidence-pack/1') })
  })
})
