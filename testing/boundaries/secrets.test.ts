import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { secretsIn } from './secrets.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const listed = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
const tracked = listed.status === 0 ? listed.stdout.split('\0').filter((file) => file !== '') : []
const isText = (file: string): boolean =>
  !/\.(png|jpe?g|webp|ico|ttf|otf|woff2?|pdf|docx|zip|gz|br|pcapng|wasm|der|bin)$/.test(file)

/** Keys that are published on purpose: they protect nothing. */
const published: Readonly<Record<string, string>> = {
  'ledger/verify/vectors/sm2-note.json': 'the signer of a vector that others check their programs with',
}

/** Drawn anew in each run from a fixed text, so that this file holds none of what it looks for. */
const drawn = (length: number, of: 'hex' | 'base64' = 'base64'): string => {
  const text = ['a', 'b', 'c'].map((seed) => createHash('sha512').update(seed).digest(of)).join('')
  return text.replaceAll(/[+/=]/g, 'x').slice(0, length)
}

describe('a secret', () => {
  it.each([
    ['a key file', `-----BEGIN ${'PRIVATE'} KEY-----\n${drawn(64)}\n`],
    ['a key file of an older kind, in one string', `"-----BEGIN RSA ${'PRIVATE'} KEY-----\\n${drawn(64)}"`],
    ['the identity that opens a backup', `AGE-SECRET-${'KEY'}-1${'Q'.repeat(58)}`],
    ['the key that signs the ledger', `PRIVATE+${'KEY'}+zhongheng.example+0123abcd+${drawn(44)}`],
    ['a token of a code host', `x = ghp${'_'}${drawn(36)}`],
    ['a cloud’s key', `AKIA${'0'.repeat(16)}`],
    ['a signed web token', `eyJ${drawn(20)}.eyJ${drawn(20)}.${drawn(43)}`],
    ['a password that nobody made up', `const password = '${drawn(24)}'`],
    ['a key in hexadecimal', `{ "signing_key": "${drawn(64, 'hex')}" }`],
    ['a line of a settings file', `ZH_ROOT_TOKEN=${drawn(32)}\n`],
    ['a database with its password', `postgresql://zh:${drawn(12)}@db.example/zh`],
  ])('is seen: %s', (_what, text) => {
    expect(secretsIn(`first line\n${text}`)).toEqual([expect.objectContaining({ line: 2 })])
  })

  it.each([
    ['what people in tests type', "password: 'Korrekt-Pferd-7-Batterie'"],
    ['a digest', `integrity: "sha512-${drawn(86)}=="`],
    ['a name', 'const tokenOfTheOrganisation = readTokenOfTheOrganisation(settings)'],
    ['a placeholder', 'DATABASE_URL=postgresql://USER:PASSWORD@HOST/NAME'],
    ['a public key', `-----BEGIN PUBLIC KEY-----\n${drawn(64)}`],
  ])('is not: %s', (_what, text) => {
    expect(secretsIn(text)).toEqual([])
  })
})

describe.skipIf(tracked.length === 0)('the files in the repository', () => {
  const found = tracked
    .filter((file) => isText(file) && statSync(join(root, file), { throwIfNoEntry: false })?.isFile() === true)
    .flatMap((file) => secretsIn(readFileSync(join(root, file), 'utf8')).map((one) => ({ file, ...one })))

  it('hold no secret', () => {
    expect(found.filter(({ file }) => published[file] === undefined)).toEqual([])
  })

  it('hold those that are published on purpose, and the list of these names no other', () => {
    expect([...new Set(found.map(({ file }) => file))]).toEqual(expect.arrayContaining(Object.keys(published)))
  })
})
