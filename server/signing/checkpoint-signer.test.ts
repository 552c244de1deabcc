import { execFileSync } from 'node:child_process'
import { createPublicKey, verify } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { signCheckpoint } from '@zhongheng/ledger/log/sign-checkpoint.ts'
import { openCheckpointByAll } from '@zhongheng/ledger/verify/checkpoint.ts'
import { toPem } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { verifySm2 } from '@zhongheng/ledger/verify/sm2.ts'
import { canMakeTokens, makeSoftToken, type SoftToken } from '@zhongheng/testing/tokens/soft-token.ts'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CheckpointSigner } from './checkpoint-signer.ts'
import { fileOfKey, keepKey, type Keeping, keyFileName, keyFingerprint, makeKey, openSigner } from './key-files.ts'
import { pkcs11Tool } from './pkcs11-tool.ts'
import { type KeySecrets, secretsFrom } from './secrets.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-signer-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** A quarter of the usual cost, so that the suite does not wait for scrypt. */
const cheap = 1 << 15
const passphrase = 'neun Pferde im Regen'
const written = (name: string, text: string, mode = 0o600): string => {
  const path = join(folder, name)
  writeFileSync(path, text, { mode })
  chmodSync(path, mode)
  return path
}
const secretsOf = (token?: SoftToken, more: { passphraseFile?: string; pinFile?: string } = {}): KeySecrets =>
  secretsFrom({
    passphraseFile: written('passphrase', `${passphrase}\n`),
    pinFile: token === undefined ? undefined : written('pin', `${token.pin}\n`),
    tokenEnvironment: token?.environment ?? {},
    ...more,
  })

/** Makes a key and keeps it as the installation would. */
async function kept(keeping: Keeping, secrets: KeySecrets): Promise<{ path: string; signer: CheckpointSigner }> {
  const path = join(folder, 'new.key')
  await keepKey(path, await makeKey(keeping, secrets))
  return { path, signer: await openSigner(path, secrets) }
}

const kinds: readonly ['file' | 'sealed' | 'token', boolean][] = [
  ['file', true],
  ['sealed', true],
  ['token', canMakeTokens],
]

describe.each(kinds)('a checkpoint signer of kind %s', (kind, possible) => {
  const keepingHere = (): { keeping: Keeping; secrets: KeySecrets } => {
    if (kind === 'file') return { keeping: { kind, sm2: false }, secrets: secretsOf() }
    if (kind === 'sealed') return { keeping: { kind, sm2: false, scryptN: cheap }, secrets: secretsOf() }
    const token = makeSoftToken(folder)
    return { keeping: { kind, module: token.module, token: token.token }, secrets: secretsOf(token) }
  }
  const here = it.skipIf(!possible)

  here('gives Ed25519 signatures of its public key, also many at once', async () => {
    const { keeping, secrets } = keepingHere()
    const { signer } = await kept(keeping, secrets)
    expect(signer.kind).toBe(kind)
    expect(signer.publicKey).toHaveLength(32)
    const messages = ['', 'example.org/ledger\n1\nroot\n', '检查点'.repeat(113) + '1234567'].map((text) =>
      Buffer.from(text),
    )
    const signatures = await Promise.all(messages.map((message) => signer.sign(message)))
    for (const [at, signature] of signatures.entries()) {
      expect(signature).toHaveLength(64)
      expect(verify(null, messages[at] ?? Buffer.alloc(0), toPem(signer.publicKey), signature)).toBe(true)
    }
    // RFC 8032: the same message, the same signature.
    expect(await signer.sign(messages[1] ?? Buffer.alloc(0))).toEqual(signatures[1])
  })

  here('signs checkpoints that open with its key and with no other', async () => {
    const { keeping, secrets } = keepingHere()
    const { signer } = await kept(keeping, secrets)
    const key = { publicKey: signer.publicKey }
    const head = { origin: 'example.org/ledger', size: 3, root: new Uint8Array(32) }
    const note = Buffer.from(await signCheckpoint(signer, head, new Date('2026-11-21T05:00:00.000Z')))
    expect(openCheckpointByAll(nodeCrypto, note, [key])).toMatchObject({
      size: 3,
      signedAt: new Date('2026-11-21T05:00:00.000Z'),
    })
    expect(openCheckpointByAll(nodeCrypto, note, [{ publicKey: new Uint8Array(32).fill(9) }])).toBeUndefined()
  })

  here('is the same key when its file is opened again, and is found by its fingerprint without a secret', async () => {
    const { keeping, secrets } = keepingHere()
    const { path, signer } = await kept(keeping, secrets)
    expect((await openSigner(path, secrets)).publicKey).toEqual(signer.publicKey)
    const keys = join(folder, 'keys')
    mkdirSync(keys)
    const place = join(keys, keyFileName(signer.publicKey))
    await keepKey(place, readFileSync(path, 'utf8'))
    expect(await fileOfKey(keys, keyFingerprint(signer.publicKey))).toBe(place)
    expect(await fileOfKey(keys, '00'.repeat(32))).toBeUndefined()
  })

  here('is made readable by its owner alone, and refused when others may read it', async () => {
    const { keeping, secrets } = keepingHere()
    const { path } = await kept(keeping, secrets)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(path, mode)
      await expect(openSigner(path, secrets), mode.toString(8)).rejects.toMatchObject({ code: 'readable_by_others' })
    }
  })

  here('is refused as malformed when its file is cut off', async () => {
    const { keeping, secrets } = keepingHere()
    const { path } = await kept(keeping, secrets)
    const text = readFileSync(path, 'utf8')
    for (const part of [text.slice(0, -text.length / 2), '{}', '', 'not a key'])
      await expect(openSigner(written('cut.key', part), secrets)).rejects.toMatchObject({ code: 'malformed' })
    await expect(openSigner(join(folder, 'none.key'), secrets)).rejects.toMatchObject({ code: 'missing' })
  })
})

describe('a key with an SM2 half', () => {
  it.each(['file', 'sealed'] as const)('signs with both, kept as %s', async (kind) => {
    const { signer } = await kept(
      kind === 'file' ? { kind, sm2: true } : { kind, sm2: true, scryptN: cheap },
      secretsOf(),
    )
    const message = Buffer.from('example.org/ledger\n1\nroot\n')
    const { sm2 } = signer
    if (sm2 === undefined) throw new Error('no SM2 half')
    expect(verifySm2(sm2.publicKey, message, await sm2.sign(message))).toBe(true)
    expect(verify(null, message, toPem(signer.publicKey), await signer.sign(message))).toBe(true)
  })

  it('is read by openssl, block for block', async () => {
    const { path, signer } = await kept({ kind: 'file', sm2: true }, secretsOf())
    const second = readFileSync(path, 'utf8').split('-----END PRIVATE KEY-----\n')[1] ?? ''
    const block = written('second.pem', `${second}-----END PRIVATE KEY-----\n`)
    const der = execFileSync('openssl', ['pkey', '-in', block, '-pubout', '-outform', 'DER'])
    expect(new Uint8Array(der.subarray(-65))).toEqual(signer.sm2?.publicKey)
    const first = execFileSync('openssl', ['pkey', '-in', path, '-pubout'])
    expect(createPublicKey(first).asymmetricKeyType).toBe('ed25519')
  })
})

describe('a key sealed with a passphrase', () => {
  const seal = () => kept({ kind: 'sealed', sm2: true, scryptN: cheap }, secretsOf())

  it('holds no private key in the open', async () => {
    const { path } = await seal()
    expect(readFileSync(path, 'utf8')).not.toContain('PRIVATE KEY')
  })

  it('stays shut for another passphrase, for none, and for one that others may read', async () => {
    const { path } = await seal()
    const other = written('other', 'zehn Pferde im Regen\n')
    await expect(openSigner(path, secretsOf(undefined, { passphraseFile: other }))).rejects.toMatchObject({
      code: 'locked',
    })
    const none = secretsFrom({ passphraseFile: undefined, pinFile: undefined, tokenEnvironment: {} })
    await expect(openSigner(path, none)).rejects.toThrow(/ZH_LEDGER_PASSPHRASE_FILE/)
    const open = written('open', `${passphrase}\n`, 0o644)
    await expect(openSigner(path, secretsOf(undefined, { passphraseFile: open }))).rejects.toMatchObject({
      code: 'readable_by_others',
    })
  })

  it('opens with a passphrase handed over as a file descriptor', async () => {
    const { path } = await seal()
    const program = `
      import { openSigner } from ${JSON.stringify(new URL('key-files.ts', import.meta.url).href)}
      import { secretsFrom } from ${JSON.stringify(new URL('secrets.ts', import.meta.url).href)}
      const secrets = secretsFrom({ passphraseFile: '/dev/fd/3', pinFile: undefined, tokenEnvironment: {} })
      console.log((await openSigner(${JSON.stringify(path)}, secrets)).kind)`
    const script = written('open.ts', program)
    const said = execFileSync('sh', ['-c', `printf '%s\\n' '${passphrase}' | "$0" "$1" 3<&0`, process.execPath, script])
    expect(String(said).trim()).toBe('sealed')
  })

  it('does not open when any part of its file was changed', async () => {
    const { path } = await seal()
    const content = JSON.parse(readFileSync(path, 'utf8')) as { publicKey: string; scrypt: { p: number } }
    const other = await kept({ kind: 'file', sm2: false }, secretsOf())
    const changes = [
      { ...content, publicKey: Buffer.from(other.signer.publicKey).toString('hex') },
      { ...content, sm2: null },
      { ...content, scrypt: { ...content.scrypt, p: 2 } },
    ]
    for (const changed of changes) {
      const file = written('changed.key', JSON.stringify(changed))
      await expect(openSigner(file, secretsOf())).rejects.toMatchObject({ code: 'locked' })
    }
    const greedy = written('greedy.key', JSON.stringify({ ...content, scrypt: { ...content.scrypt, n: 2 ** 40 } }))
    await expect(openSigner(greedy, secretsOf())).rejects.toMatchObject({ code: 'malformed' })
  })

  it('is not made with a short passphrase or with two lines of one', async () => {
    const short = written('short', 'elf Zeichen\n')
    await expect(kept({ kind: 'sealed', sm2: false }, secretsOf(undefined, { passphraseFile: short }))).rejects.toThrow(
      /12 characters/,
    )
    const two = written('two', 'erste lange Zeile\nzweite\n')
    await expect(kept({ kind: 'sealed', sm2: false }, secretsOf(undefined, { passphraseFile: two }))).rejects.toThrow(
      /exactly one line/,
    )
  })
})

describe.skipIf(!canMakeTokens)('a key in a token (skipped without softhsm2 and opensc)', () => {
  const inToken = async () => {
    const token = makeSoftToken(folder)
    const keeping = { kind: 'token', module: token.module, token: token.token } as const
    return { token, keeping, ...(await kept(keeping, secretsOf(token))) }
  }
  /** A `pkcs11-tool` before the real one on the path. */
  const wrapped = (token: SoftToken, script: string): KeySecrets => {
    mkdirSync(join(folder, 'bin'))
    written('bin/pkcs11-tool', `#!/bin/sh\n${script}\n`, 0o700)
    const path = `${join(folder, 'bin')}:${token.environment['PATH'] ?? ''}`
    return secretsOf({ ...token, environment: { ...token.environment, PATH: path } })
  }

  it('never leaves it: the token refuses to give the private key out', async () => {
    const { token, path } = await inToken()
    expect(readFileSync(path, 'utf8')).not.toMatch(/PRIVATE/)
    const listed = await pkcs11Tool(token, ['--list-objects', '--type', 'privkey'], token.pin, token.environment)
    expect(String(listed)).toMatch(/sensitive, always sensitive, never extractable/)
  })

  it('is signed with by a PIN that stands in no argument', async () => {
    const { token, path } = await inToken()
    const real = execFileSync('sh', ['-c', 'command -v pkcs11-tool'], { env: token.environment }).toString().trim()
    const said = join(folder, 'arguments')
    const secrets = wrapped(token, `printf '%s\\n' "$@" >> ${said}\nexec ${real} "$@"`)
    await (await openSigner(path, secrets)).sign(Buffer.from('text'))
    expect(readFileSync(said, 'utf8')).toContain('--sign')
    expect(readFileSync(said, 'utf8')).not.toContain(token.pin)
  })

  it('asks a token that refused the PIN no second time, because tokens count', async () => {
    const { token, path } = await inToken()
    const real = execFileSync('sh', ['-c', 'command -v pkcs11-tool'], { env: token.environment }).toString().trim()
    const calls = join(folder, 'calls')
    const secrets = wrapped({ ...token, pin: '000000' }, `echo call >> ${calls}\nexec ${real} "$@"`)
    const signer = await openSigner(path, secrets)
    for (let time = 0; time < 3; time++)
      await expect(signer.sign(Buffer.from('text'))).rejects.toMatchObject({ code: 'locked' })
    expect(readFileSync(calls, 'utf8')).toBe('call\n')
  })

  it('says what the token said when the key is not there, and goes on with the next', async () => {
    const { token, path } = await inToken()
    const content = JSON.parse(readFileSync(path, 'utf8')) as object
    const absent = written('absent.key', JSON.stringify({ ...content, id: 'ffff' }))
    await expect((await openSigner(absent, secretsOf(token))).sign(Buffer.from('text'))).rejects.toThrow(
      /Private key not found/,
    )
    const away = written('away.key', JSON.stringify({ ...content, token: 'another' }))
    await expect((await openSigner(away, secretsOf(token))).sign(Buffer.from('text'))).rejects.toMatchObject({
      code: 'token',
    })
  })

  it('refuses what it cannot sign in one part', async () => {
    const { signer } = await inToken()
    await expect(signer.sign(new Uint8Array(1025))).rejects.toThrow(/1024 bytes at most/)
  })

  it('gives out no signature of another key than its file says', async () => {
    const { token, path, keeping } = await inToken()
    const mine = JSON.parse(readFileSync(path, 'utf8')) as object
    const other = JSON.parse(await makeKey(keeping, secretsOf(token))) as { id: string }
    const mixed = written('mixed.key', JSON.stringify({ ...mine, id: other.id }))
    await expect((await openSigner(mixed, secretsOf(token))).sign(Buffer.from('text'))).rejects.toThrow(
      /did not sign as the public key/,
    )
  })

  it('is given up when the token hangs', async () => {
    const { token } = await inToken()
    const secrets = wrapped(token, 'exec sleep 60')
    await expect(
      pkcs11Tool(token, ['--sign'], token.pin, secrets.tokenEnvironment, Buffer.from('text'), 200),
    ).rejects.toThrow(/no answer within 0.2 s/)
  })

  it('is missing, and not a crash, where pkcs11-tool is not installed', async () => {
    const { path, token } = await inToken()
    const signer = await openSigner(path, secretsOf({ ...token, environment: { PATH: folder } }))
    await expect(signer.sign(Buffer.from('text'))).rejects.toThrow(/opensc/)
  })
})
