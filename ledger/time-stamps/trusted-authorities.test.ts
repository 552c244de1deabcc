import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openAuthority } from './authority-for-tests.ts'
import { trustedAuthorities } from './trusted-authorities.ts'

const folder = mkdtempSync(join(tmpdir(), 'zh-trusted-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('the public authorities count where no file names others', () => {
  expect(trustedAuthorities(undefined).length).toBeGreaterThan(50)
})

it('a file names them instead, and is read again when it changed', () => {
  const { caFile } = openAuthority(folder)
  expect(trustedAuthorities(caFile).map(({ subject }) => subject)).toEqual(['CN=Test CA'])
  writeFileSync(caFile, 'nothing')
  expect(() => trustedAuthorities(caFile)).toThrow(`${caFile} holds no certificate`)
  expect(() => trustedAuthorities(join(folder, 'absent.pem'))).toThrow('ENOENT')
})
