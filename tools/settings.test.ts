import { describe, expect, it } from 'vitest'
import { languageOf, readSettings } from './settings.ts'
import { Stop } from './stop.ts'

const root = '/srv/zhongheng'

describe('the settings of npm start', () => {
  it('without any: ports 7000 and 7080, data beside the sources, embedded database, demo', () => {
    expect(readSettings(root, {})).toMatchObject({
      port: 7000,
      gatewayPort: 7080,
      data: '/srv/zhongheng/.data',
      databaseUrl: undefined,
      demo: true,
      language: 'en',
    })
  })

  it('take other ports, a data folder, an own database and a real installation', () => {
    const env = {
      ZH_PORT: '80',
      ZH_GATEWAY_PORT: '8081',
      ZH_DATA: '/var/lib/zh',
      DATABASE_URL: 'postgres://a@b/c',
      ZH_DEMO: 'off',
    }
    expect(readSettings(root, env)).toMatchObject({
      port: 80,
      gatewayPort: 8081,
      data: '/var/lib/zh',
      databaseUrl: 'postgres://a@b/c',
      demo: false,
    })
  })

  it('an empty value is no value', () => {
    expect(readSettings(root, { ZH_PORT: '', ZH_DATA: '', DATABASE_URL: '' })).toMatchObject({
      port: 7000,
      databaseUrl: undefined,
    })
  })

  it.each([
    [{ ZH_PORT: 'http' }, 'ZH_PORT=http'],
    [{ ZH_PORT: '0' }, 'ZH_PORT=0'],
    [{ ZH_PORT: '65536' }, 'ZH_PORT=65536'],
    [{ ZH_GATEWAY_PORT: '7e3' }, 'ZH_GATEWAY_PORT=7e3'],
    [{ ZH_PORT: '7080' }, 'ZH_GATEWAY_PORT'],
    [{ ZH_DEMO: 'yes' }, 'ZH_DEMO=yes'],
  ])('%o is refused with its name, limit and fix in both languages', (env, named) => {
    const refusal = refusalOf(env)
    expect(refusal.exitCode).toBe(2)
    for (const text of [refusal.text.zh, refusal.text.en]) expect(text).toContain(named)
    expect(refusal.text.en).toContain('For example: ZH_')
  })

  it('a wrong DATABASE_URL is refused without repeating its password', () => {
    expect(refusalOf({ DATABASE_URL: 'mysql://u:secret@h/d' }).text.en).not.toContain('secret')
  })

  it('speak Chinese under a Chinese locale, LC_ALL first', () => {
    expect(languageOf({ LANG: 'zh_CN.UTF-8' })).toBe('zh')
    expect(languageOf({ LC_ALL: 'en_US.UTF-8', LANG: 'zh_CN.UTF-8' })).toBe('en')
    expect(languageOf({})).toBe('en')
  })
})

function refusalOf(env: Record<string, string>): Stop {
  try {
    readSettings(root, env)
  } catch (error) {
    if (error instanceof Stop) return error
  }
  throw new Error('was not refused')
}
