import { isIP } from 'node:net'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type BusSettings, readBusSettings } from '@zhongheng/contracts/records/bus-settings.ts'
import { type FurtherNode, readNodes } from '@zhongheng/contracts/records/nodes.ts'
import { type AllowRow, readAllowList, readDestination } from '@zhongheng/domain/egress/destination.ts'
import { storageFault } from '@zhongheng/domain/jurisdiction/border.ts'
import { home } from '@zhongheng/domain/jurisdiction/codes.ts'
import { type ReadingBudgets, readBudgets } from '@zhongheng/domain/audit/reading-budget.ts'
import { readMailAddress } from '@zhongheng/domain/mail/addresses.ts'
import type { SuiteName } from '../sealing/suites.ts'
import type { SecretSettings } from '../signing/secrets.ts'

/** Exit code after which starting again changes nothing (sysexits: EX_CONFIG). */
export const needsAPerson = 78

/** Everything the server takes from outside. Nothing else reads the environment. */
export type Settings = {
  readonly databaseUrl: string
  readonly host: string
  readonly port: number
  readonly gatewayHost: string
  readonly gatewayPort: number
  /** Source addresses of the gateway's machine that engagements may choose for reaching their targets. */
  readonly egressAddresses: readonly string[]
  /** Gateways and recorders besides the first. */
  readonly nodes: readonly FurtherNode[]
  /** Folder of keys, ledger and segments. */
  readonly dataFolder: string
  /** Country of the machines that keep the data, ISO 3166-1 alpha-2; the server does not start with one that the rule refuses. */
  readonly storageJurisdiction: string
  readonly runFolder: string
  /** The bus over which the recorder's rows come; null: it is asked over its socket. */
  readonly bus: BusSettings | null
  /** Where the newest published head of the ledger is noted besides: outside of what one backup puts back. */
  readonly ledgerMarkFile: string
  /** The address people use, for links in invitations; taken from here and never from a Host header. */
  readonly publicUrl: string
  /** The origin that downloads of attachments come from, of another host name than `publicUrl`; null: none is set, and there are none. */
  readonly filesUrl: string | null
  readonly demo: boolean
  /** Ports of the practice target, in the demo only. */
  readonly practice: { readonly port: number; readonly tlsPort: number } | null
  readonly webFolder: string
  /** Where the platform itself may call: webhooks, mail, time stamps, sign-in services. Nowhere without it. */
  readonly egressAllow: readonly AllowRow[]
  readonly timeStamps: TimeStampSettings
  /** How mail leaves; null: no mail is sent. */
  readonly mail: MailSettings | null
  /** How the ledger's keys are kept and opened. */
  readonly ledgerKeys: LedgerKeySettings
  /** What new values are sealed with, and how the key-encryption keys are unlocked. */
  readonly sealing: SealingSettings
  /** Addresses and networks of reverse proxies whose word on the visitor's address counts; none unless named. */
  readonly trustedProxies: readonly string[]
  /** Whether the installation demands a second factor of the posts that bind others. */
  readonly secondFactor: 'required' | 'optional'
  /** A login ends after so many minutes without a call, and after so many altogether; organisations may ask less. */
  readonly loginIdleMinutes: number
  readonly loginAbsoluteMinutes: number
  /** A password is used for so many days, then its owner sets a new one (GBT32914-5.7-c). */
  readonly passwordDays: number
  /** How much one person may open within an hour. */
  readonly readingBudgets: ReadingBudgets
}

export type TimeStampSettings = {
  /** Addresses of RFC 3161 authorities, asked in this order; none: time stamps are fetched by hand, or not at all. */
  readonly authorities: readonly string[]
  /** PEM file of the certificates to trust instead of the public ones. */
  readonly caFile: string | undefined
  readonly everyMinutes: number
}

export type MailSettings = {
  readonly host: string
  readonly port: number
  /** TLS from the first byte; otherwise by STARTTLS, which may be missing only on this very machine. */
  readonly implicitTls: boolean
  readonly user: string | null
  readonly password: string | undefined
  /** PEM of the authorities to trust instead of the public ones. */
  readonly ca: string | undefined
  readonly from: { readonly name: string; readonly address: string }
  /** Between two mails to one person of what is not urgent. */
  readonly digestMinutes: number
}

export type SealingSettings = { readonly suite: SuiteName } & SecretSettings

export type LedgerKeySettings = {
  /** Whether keys that are made get an SM2 half, so that checkpoints are signed by GM/T 0003 too. */
  readonly sm2: boolean
} & SecretSettings

/** The part that the operator's command `ledger-keys` needs too. @throws Error naming the variable */
export function readLedgerKeySettings(env: NodeJS.ProcessEnv = process.env): LedgerKeySettings {
  const sm2 = env['ZH_LEDGER_SM2'] ?? 'off'
  if (sm2 !== 'on' && sm2 !== 'off') throw new Error(`ZH_LEDGER_SM2 must be on or off, not “${sm2}”`)
  return { sm2: sm2 === 'on', ...secretSettings(env, 'LEDGER') }
}

function secretSettings(env: NodeJS.ProcessEnv, keys: 'LEDGER' | 'SEALING'): SecretSettings {
  const pathIn = (name: string): string | undefined => (env[name] ? resolve(env[name]) : undefined)
  return {
    passphraseFile: pathIn(`ZH_${keys}_PASSPHRASE_FILE`),
    pinFile: pathIn(`ZH_${keys}_PIN_FILE`),
    tokenEnvironment: Object.fromEntries(
      tokenVariables.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
    ),
  }
}

/** The part that the operator's command `keys` needs too. @throws Error naming the variable */
export const readSealingSettings = (env: NodeJS.ProcessEnv = process.env): SealingSettings => ({
  suite: choiceOf(env, 'ZH_SEALING_SUITE', ['aes-256-gcm', 'sm4-ctr-hmac-sm3'] as const, 'aes-256-gcm'),
  ...secretSettings(env, 'SEALING'),
})

/** What `pkcs11-tool` and the common modules look at; nothing else of ours reaches them. */
const tokenVariables = ['PATH', 'HOME', 'LANG', 'SOFTHSM2_CONF', 'YUBIHSM_PKCS11_CONF', 'OPENSC_CONF']

/** @throws Error naming the variable, what it must be and what it was */
export function readSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const dataFolder = resolve(env['ZH_DATA'] ?? '.data')
  const port = portOf(env, 'ZH_PORT', 7000)
  const publicUrl = publicUrlOf(env['ZH_PUBLIC_URL'] ?? `http://127.0.0.1:${port}`)
  const databaseUrl = env['DATABASE_URL']
  if (!databaseUrl)
    throw new Error('DATABASE_URL is missing: give a PostgreSQL 15 or newer, or start everything with `npm start`')
  const demo = choiceOf(env, 'ZH_DEMO', ['on', 'off'] as const, 'off') === 'on'
  return {
    databaseUrl,
    host: env['ZH_HOST'] ?? '127.0.0.1',
    port,
    gatewayHost: env['ZH_GATEWAY_HOST'] ?? '127.0.0.1',
    gatewayPort: portOf(env, 'ZH_GATEWAY_PORT', 7080),
    egressAddresses: addressesOf(env, 'ZH_EGRESS'),
    nodes: readNodes(env),
    dataFolder,
    storageJurisdiction: storageJurisdictionOf(env['ZH_STORAGE_JURISDICTION'] ?? home),
    runFolder: resolve(env['ZH_RUN'] ?? join(dataFolder, 'run')),
    bus: readBusSettings(env),
    ledgerMarkFile: resolve(env['ZH_LEDGER_MARK'] ?? join(dataFolder, 'ledger-mark')),
    publicUrl,
    filesUrl: filesUrlOf(env['ZH_FILES_URL'], publicUrl),
    demo,
    practice:
      demo && env['ZH_PRACTICE_PORT']
        ? { port: portOf(env, 'ZH_PRACTICE_PORT', 0), tlsPort: portOf(env, 'ZH_PRACTICE_TLS_PORT', 0) }
        : null,
    egressAllow: readAllowList(env['ZH_EGRESS_ALLOW'] ?? ''),
    timeStamps: {
      authorities: destinationsOf(env, 'ZH_TSA'),
      caFile: env['ZH_TSA_CA'] ? resolve(env['ZH_TSA_CA']) : undefined,
      everyMinutes: numberOf(env, 'ZH_TSA_MINUTES', 60, 5, 10_080),
    },
    mail: mailOf(env),
    ledgerKeys: readLedgerKeySettings(env),
    sealing: readSealingSettings(env),
    webFolder: resolve(import.meta.dirname, '../../web/dist'),
    trustedProxies: proxiesOf(env['ZH_TRUSTED_PROXIES'] ?? ''),
    secondFactor: choiceOf(env, 'ZH_SECOND_FACTOR', ['required', 'optional'] as const, demo ? 'optional' : 'required'),
    loginIdleMinutes: numberOf(env, 'ZH_LOGIN_IDLE_MINUTES', 120, 5, 1440),
    loginAbsoluteMinutes: numberOf(env, 'ZH_LOGIN_HOURS', 12, 1, 168) * 60,
    passwordDays: numberOf(env, 'ZH_PASSWORD_DAYS', 90, 1, 365),
    readingBudgets: budgetsOf(env),
  }
}

/** Where people find the platform; links and cookies are made of it. */
function publicUrlOf(given: string): string {
  const text = given.replace(/\/+$/, '')
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '' || url.hash !== '')
    throw new Error(`ZH_PUBLIC_URL must be an address without a path such as https://zh.example.com, not “${given}”`)
  return text
}

function storageJurisdictionOf(given: string): string {
  const fault = storageFault(given)
  if (fault !== undefined) throw new Error(fault)
  return given
}

/**
 * Where downloads come from. Unset, a platform on loopback takes `files.localhost`, which browsers lead to this machine; any other needs a
 * name of its own, because a file that runs must not stand beside the login.
 */
function filesUrlOf(given: string | undefined, publicUrl: string): string | null {
  const own = new URL(publicUrl)
  if (given === undefined || given === '') {
    if (!['127.0.0.1', '[::1]', 'localhost'].includes(own.hostname)) return null
    return `${own.protocol}//files.localhost${own.port === '' ? '' : `:${own.port}`}`
  }
  const url = URL.canParse(given) ? new URL(given) : null
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.hostname === own.hostname)
    throw new Error(
      `ZH_FILES_URL=${given}: an address without a path, of another host name than ZH_PUBLIC_URL, e.g. https://files.example.com`,
    )
  return url.origin
}

/** @throws Error naming the variable */
function mailOf(env: NodeJS.ProcessEnv): MailSettings | null {
  const text = env['ZH_SMTP_URL'] ?? ''
  if (text === '') return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (
    url === null ||
    !/^smtps?:$/.test(url.protocol) ||
    url.hostname === '' ||
    url.password !== '' ||
    url.search !== '' ||
    !['', '/'].includes(url.pathname)
  )
    throw wrongSmtpUrl()
  const implicitTls = url.protocol === 'smtps:'
  const user = url.username === '' ? null : userOf(url.username)
  const passwordFile = env['ZH_SMTP_PASSWORD_FILE']
  if (user !== null && !passwordFile) throw new Error('ZH_SMTP_PASSWORD_FILE is missing: ZH_SMTP_URL names a user')
  return {
    host: url.hostname.replace(/[[\]]/g, ''),
    port: url.port === '' ? (implicitTls ? 465 : 587) : Number(url.port),
    implicitTls,
    user,
    password: user === null || !passwordFile ? undefined : textOf('ZH_SMTP_PASSWORD_FILE', passwordFile).trim(),
    ca: env['ZH_SMTP_CA'] ? textOf('ZH_SMTP_CA', env['ZH_SMTP_CA']) : undefined,
    from: { name: '众衡 Zhongheng', address: senderOf(env) },
    digestMinutes: numberOf(env, 'ZH_SMTP_DIGEST_MINUTES', 60, 5, 1440),
  }
}

/** Without what was given: a password may stand in it. */
const wrongSmtpUrl = (): Error =>
  new Error(
    'ZH_SMTP_URL must be like smtps://user@mail.example.com:465 or smtp://user@mail.example.com:587, the password in ZH_SMTP_PASSWORD_FILE',
  )

function userOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded)
  } catch {
    throw wrongSmtpUrl()
  }
}

function senderOf(env: NodeJS.ProcessEnv): string {
  const from = env['ZH_SMTP_FROM'] ?? ''
  try {
    return readMailAddress(from, 'ZH_SMTP_FROM')
  } catch {
    throw new Error(`ZH_SMTP_FROM must be a plain mail address such as zhongheng@example.com, not “${from}”`)
  }
}

function textOf(name: string, path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8')
  } catch {
    throw new Error(`${name}=${path}: this file cannot be read`)
  }
}

function budgetsOf(env: NodeJS.ProcessEnv): ReadingBudgets {
  const text = env['ZH_READING_BUDGETS'] ?? ''
  const budgets = readBudgets(text)
  if (budgets === null)
    throw new Error(
      `ZH_READING_BUDGETS must be like findings:60/240,recordings:300/1200,unmasked:30/120 (an hour freely / with a purpose), not “${text}”`,
    )
  return budgets
}

function proxiesOf(text: string): string[] {
  const named = text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean)
  for (const one of named) {
    const [address = '', bits] = one.split('/')
    const most = isIP(address) === 4 ? 32 : 128
    if (isIP(address) === 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)))
      throw new Error(`ZH_TRUSTED_PROXIES must list addresses or networks such as 10.0.0.2,10.1.0.0/16, not “${one}”`)
  }
  return named
}

function choiceOf<const C extends string>(
  env: NodeJS.ProcessEnv,
  name: string,
  choices: readonly C[],
  otherwise: C,
): C {
  const text = env[name]
  if (text === undefined || text === '') return otherwise
  const found = choices.find((one) => one === text)
  if (!found) throw new Error(`${name} must be ${choices.join(' or ')}, not “${text}”`)
  return found
}

function numberOf(env: NodeJS.ProcessEnv, name: string, otherwise: number, least: number, most: number): number {
  const text = env[name]
  if (text === undefined || text === '') return otherwise
  const number = Number(text)
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}, not “${text}”`)
  return number
}

function destinationsOf(env: NodeJS.ProcessEnv, name: string): string[] {
  const addresses = (env[name] ?? '').split(/[\s,]+/).filter((one) => one !== '')
  for (const address of addresses)
    try {
      readDestination(address)
    } catch {
      throw new Error(`${name} must list addresses such as http://tsa.example.com/tsr by comma, not “${address}”`)
    }
  return addresses
}

function addressesOf(env: NodeJS.ProcessEnv, name: string): string[] {
  const addresses = (env[name] ?? '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
  const wrong = addresses.find((one) => isIP(one) === 0)
  if (wrong !== undefined) throw new Error(`${name} must be IP addresses by commas, not “${wrong}”`)
  return addresses
}

function portOf(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const text = env[name]
  if (text === undefined || text === '') return otherwise
  const port = Number(text)
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error(`${name} must be a port number from 0 to 65535, not “${text}”`)
  return port
}
