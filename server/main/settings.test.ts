import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'zh-settings-'))
afterAll(() => rmSync(folder, { recursive: true }))
const passwordFile = join(folder, 'smtp-password')
writeFileSync(passwordFile, 'Korrekt-Pferd-7\n')

const base = { DATABASE_URL: 'postgres://127.0.0.1/zh', ZH_DATA: folder }
const read = (more: NodeJS.ProcessEnv = {}) => readSettings({ ...base, ...more })
const mail = (more: NodeJS.ProcessEnv) => read({ ZH_SMTP_FROM: 'zhongheng@example.com', ...more }).mail

describe('the settings of a platform', () => {
  it('need nothing but a database', () => {
    expect(read()).toMatchObject({
      port: 7000,
      publicUrl: 'http://127.0.0.1:7000',
      filesUrl: 'http://files.localhost:7000',
      mail: null,
      secondFactor: 'required',
      readingBudgets: { documents: { free: 20, most: 80 } },
    })
  })
  it.each([
    [{ DATABASE_URL: '' }, 'DATABASE_URL is missing'],
    [{ ZH_PORT: '70000' }, 'ZH_PORT must be a port number from 0 to 65535, not “70000”'],
    [{ ZH_PORT: '80.5' }, 'ZH_PORT must be'],
    [{ ZH_PUBLIC_URL: 'zh.example.com' }, 'ZH_PUBLIC_URL must be'],
    [{ ZH_PUBLIC_URL: 'ftp://zh.example.com' }, 'ZH_PUBLIC_URL must be'],
    [{ ZH_PUBLIC_URL: 'https://zh.example.com/app' }, 'ZH_PUBLIC_URL must be'],
    [{ ZH_FILES_URL: 'https://127.0.0.1' }, 'ZH_FILES_URL=https://127.0.0.1'],
    [{ ZH_FILES_URL: 'https://files.example.com/x' }, 'ZH_FILES_URL=https://files.example.com/x'],
    [{ ZH_EGRESS: '10.0.0.300' }, 'ZH_EGRESS must be IP addresses by commas, not “10.0.0.300”'],
    [{ ZH_TRUSTED_PROXIES: '10.0.0.0/33' }, 'ZH_TRUSTED_PROXIES must list'],
    [{ ZH_SECOND_FACTOR: 'off' }, 'ZH_SECOND_FACTOR must be required or optional, not “off”'],
    [{ ZH_DEMO: 'yes' }, 'ZH_DEMO must be on or off, not “yes”'],
    [{ ZH_LOGIN_HOURS: '0' }, 'ZH_LOGIN_HOURS must be a whole number from 1 to 168, not “0”'],
    [{ ZH_READING_BUDGETS: 'findings:5' }, 'ZH_READING_BUDGETS must be like'],
    [{ ZH_STORAGE_JURISDICTION: 'XX' }, 'ZH_STORAGE_JURISDICTION'],
    [{ ZH_TSA: 'ftp://tsa.example.com' }, 'ZH_TSA must list'],
  ] as const)('%j is refused by its name', (env, said) => {
    expect(() => read(env)).toThrow(said)
  })
})

describe('the settings of mail', () => {
  it('are whole with a server and a sender; the port follows from the scheme', () => {
    expect(mail({ ZH_SMTP_URL: 'smtps://mail.example.com' })).toMatchObject({
      host: 'mail.example.com',
      port: 465,
      implicitTls: true,
      user: null,
      from: { address: 'zhongheng@example.com' },
      digestMinutes: 60,
    })
    expect(mail({ ZH_SMTP_URL: 'smtp://[::1]:2525' })).toMatchObject({ host: '::1', port: 2525, implicitTls: false })
  })
  it('take the password from a file, without its line end', () => {
    const env = { ZH_SMTP_URL: 'smtp://zh%40example.com@mail.example.com', ZH_SMTP_PASSWORD_FILE: passwordFile }
    expect(mail(env)).toMatchObject({ user: 'zh@example.com', password: 'Korrekt-Pferd-7', port: 587 })
  })
  it.each([
    [{ ZH_SMTP_URL: 'mail.example.com:25' }, 'ZH_SMTP_URL must be like'],
    [{ ZH_SMTP_URL: 'http://mail.example.com' }, 'ZH_SMTP_URL must be like'],
    [{ ZH_SMTP_URL: 'smtp://' }, 'ZH_SMTP_URL must be like'],
    [{ ZH_SMTP_URL: 'smtp://zh:secret@mail.example.com' }, 'ZH_SMTP_URL must be like'],
    [{ ZH_SMTP_URL: 'smtp://mail.example.com?tls=no' }, 'ZH_SMTP_URL must be like'],
    [{ ZH_SMTP_URL: 'smtp://mail.example.com/inbox' }, 'ZH_SMTP_URL must be like'],
    [{ ZH_SMTP_URL: 'smtp://%ff@mail.example.com' }, 'ZH_SMTP_URL must be like'],
    [{ ZH_SMTP_URL: 'smtp://zh@mail.example.com' }, 'ZH_SMTP_PASSWORD_FILE is missing'],
    [
      { ZH_SMTP_URL: 'smtp://zh@mail.example.com', ZH_SMTP_PASSWORD_FILE: join(folder, 'none') },
      'ZH_SMTP_PASSWORD_FILE=',
    ],
    [{ ZH_SMTP_URL: 'smtp://mail.example.com', ZH_SMTP_FROM: '众衡 <zh@example.com>' }, 'ZH_SMTP_FROM must be'],
    [{ ZH_SMTP_URL: 'smtp://mail.example.com', ZH_SMTP_FROM: '' }, 'ZH_SMTP_FROM must be'],
    [{ ZH_SMTP_URL: 'smtp://mail.example.com', ZH_SMTP_CA: join(folder, 'none') }, 'ZH_SMTP_CA='],
    [{ ZH_SMTP_URL: 'smtp://mail.example.com', ZH_SMTP_DIGEST_MINUTES: '1' }, 'ZH_SMTP_DIGEST_MINUTES must be'],
  ] as const)('%j are refused by their name, and no secret is repeated', (env, said) => {
    expect(() => mail(env)).toThrow(said)
    expect(() => mail(env)).not.toThrow('secret')
  })
})
