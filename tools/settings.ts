import { resolve } from 'node:path'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { exitCodes, Stop } from './stop.ts'

/** What `npm start` can be told. */
export type Settings = {
  /** Pages and API. */
  readonly port: number
  /** The testers' way out. */
  readonly gatewayPort: number
  /** Absolute path of the folder that holds everything which must survive. */
  readonly data: string
  /** The user's own PostgreSQL; the embedded one when absent. */
  readonly databaseUrl: string | undefined
  /** Whether the demo engagement and the practice target are offered; a real installation begins with a set-up link instead. */
  readonly demo: boolean
  readonly language: Language
  /** Whether npm started us: then we end when it is gone. */
  readonly underNpm: boolean
}

export type Language = 'zh' | 'en'
export type Environment = Readonly<Record<string, string | undefined>>

/** The environment of this process, for programs that we start. */
export const environment = (): Environment => process.env

/** Chinese for a Chinese locale, else English. */
export function languageOf(env: Environment = process.env): Language {
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((one) => one !== undefined && one !== '')
  return locale?.startsWith('zh') === true ? 'zh' : 'en'
}

/** Reads and checks the settings; `root` is the repository's folder. A wrong one is a `Stop` that names it, its limit and the fix. */
export function readSettings(root: string, env: Environment = process.env): Settings {
  const port = portSetting(env, 'ZH_PORT', 7000)
  const gatewayPort = portSetting(env, 'ZH_GATEWAY_PORT', 7080)
  if (port === gatewayPort) {
    throw wrong(
      'ZH_GATEWAY_PORT',
      String(port),
      '须与 ZH_PORT 不同',
      'must differ from ZH_PORT',
      'ZH_GATEWAY_PORT=7080',
    )
  }
  const demo = env.ZH_DEMO ?? 'on'
  if (demo !== 'on' && demo !== 'off')
    throw wrong('ZH_DEMO', demo, '须为 on 或 off', 'must be on or off', 'ZH_DEMO=off')
  return {
    port,
    gatewayPort,
    data: resolve(root, given(env.ZH_DATA) ?? '.data'),
    databaseUrl: databaseSetting(env),
    demo: demo === 'on',
    language: languageOf(env),
    underNpm: env.npm_lifecycle_event !== undefined,
  }
}

/** Where the browser is, and whether tests may look for one. */
export function browserSettings(env: Environment = process.env): { readonly chromium: string; readonly off: boolean } {
  return { chromium: given(env.CHROMIUM) ?? '/usr/bin/chromium', off: given(env.ZH_NO_BROWSER) !== undefined }
}

const given = (value: string | undefined): string | undefined => (value === '' ? undefined : value)

function portSetting(env: Environment, name: string, fallback: number): number {
  const text = given(env[name])
  if (text === undefined) return fallback
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port
  throw wrong(name, text, '须为 1 至 65535 的整数', 'must be a whole number from 1 to 65535', `${name}=${fallback}`)
}

function databaseSetting(env: Environment): string | undefined {
  const text = given(env.DATABASE_URL)
  if (text === undefined || /^postgres(ql)?:\/\/./.test(text)) return text
  // The value may hold a password: it is not repeated.
  throw wrong(
    'DATABASE_URL',
    undefined,
    '须以 postgresql:// 开头',
    'must begin with postgresql://',
    'DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/DATABASE',
  )
}

function wrong(name: string, value: string | undefined, zh: string, en: string, example: string): Stop {
  const shown = value === undefined ? name : `${name}=${value}`
  return new Stop(say(`${shown}：${zh}。例如：${example}`, `${shown}: ${en}. For example: ${example}`), {
    exitCode: exitCodes.badSetting,
  })
}
