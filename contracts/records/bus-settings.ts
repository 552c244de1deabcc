import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** How a program reaches the bus. */
export type BusSettings = {
  /** `host:port`, without a scheme. */
  readonly servers: readonly string[]
  /** Null: in the clear, on this machine only. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string } | null
  readonly login: { readonly user: string; readonly pass: string } | null
  /** 32 bytes that seal what goes over the bus; the same for the server and every recorder. */
  readonly key: Uint8Array
  /** What the installation calls itself there. */
  readonly name: string
  readonly replicas: number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The settings `ZH_BUS` and `ZH_BUS_…`, which recorder and server both read.
 * @returns null where none is set: rows go over the recorder's socket
 * @throws Error naming the variable, what it must be and, where it can hold no secret, what it was
 */
export function readBusSettings(env: Environment): BusSettings | null {
  const text = env['ZH_BUS']
  if (!text) {
    const idle = Object.keys(env).find((name) => name.startsWith('ZH_BUS_') && env[name])
    if (idle !== undefined) throw new Error(`${idle} means nothing without ZH_BUS`)
    return null
  }
  const addresses = text.split(',').map((one) => addressOf(one.trim()))
  const isPlain = addresses[0]?.isPlain === true
  if (addresses.some((one) => one.isPlain !== isPlain)) throw wrongAddress()
  const files = ['ZH_BUS_CA', 'ZH_BUS_CERT', 'ZH_BUS_CERT_KEY'] as const
  const [ca, cert, key] = files.map((name) => (env[name] ? textOf(name, env[name]) : undefined))
  const useless = files.find((name) => isPlain && env[name])
  if (useless !== undefined) throw new Error(`${useless} means nothing with nats:// in ZH_BUS`)
  if (ca !== undefined) checkAuthorities(ca)
  if ((cert === undefined) !== (key === undefined))
    throw new Error('ZH_BUS_CERT and ZH_BUS_CERT_KEY belong together: one of them is missing')
  const name = env['ZH_BUS_NAME'] || 'zhongheng'
  if (!/^[a-z][a-z0-9-]{0,30}$/.test(name))
    throw new Error(`ZH_BUS_NAME must be a short word of a–z, 0–9 and hyphens, not “${name}”`)
  return {
    servers: addresses.map(({ host }) => host),
    tls: isPlain ? null : { ...(ca === undefined ? {} : { ca }), ...(cert && key ? { cert, key } : {}) },
    login: env['ZH_BUS_LOGIN_FILE'] ? loginIn(env['ZH_BUS_LOGIN_FILE']) : null,
    key: keyIn(env),
    name,
    replicas: replicasOf(env),
  }
}

/** Without what was given: a password may stand in it. */
const wrongAddress = (): Error =>
  new Error(
    'ZH_BUS must be like tls://nats.example.com:4222, several by comma, or nats://127.0.0.1:4222 on this machine only; a login goes into ZH_BUS_LOGIN_FILE',
  )

function addressOf(text: string): { readonly host: string; readonly isPlain: boolean } {
  const url = URL.canParse(text) ? new URL(text) : null
  const isLocal = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url?.hostname ?? '')
  if (
    url === null ||
    !(url.protocol === 'tls:' || (url.protocol === 'nats:' && isLocal)) ||
    url.hostname === '' ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    !['', '/'].includes(url.pathname)
  )
    throw wrongAddress()
  return { host: `${url.hostname}:${url.port || '4222'}`, isPlain: url.protocol === 'nats:' }
}

function keyIn(env: Environment): Uint8Array {
  const path = env['ZH_BUS_KEY_FILE']
  if (!path) throw new Error('ZH_BUS_KEY_FILE is missing: 64 hex digits, as `openssl rand -hex 32` makes them')
  const text = textOf('ZH_BUS_KEY_FILE', path).trim()
  if (!/^[0-9a-fA-F]{64}$/.test(text) || /^(.)\1*$/.test(text))
    throw new Error(`ZH_BUS_KEY_FILE=${path}: must hold 64 hex digits, as \`openssl rand -hex 32\` makes them`)
  return Buffer.from(text, 'hex')
}

function loginIn(path: string): { readonly user: string; readonly pass: string } {
  const [user = '', pass = '', ...rest] = textOf('ZH_BUS_LOGIN_FILE', path).trim().split(/\r?\n/)
  if (user === '' || pass === '' || rest.length > 0)
    throw new Error(`ZH_BUS_LOGIN_FILE=${path}: must hold two lines, the user and the password`)
  return { user, pass }
}

function checkAuthorities(text: string): void {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    if (found.length > 0 && found.every((pem) => new X509Certificate(pem).ca)) return
  } catch {
    // Told below.
  }
  throw new Error('ZH_BUS_CA: the file holds no CA certificates in PEM')
}

function replicasOf(env: Environment): number {
  const text = env['ZH_BUS_REPLICAS'] || '1'
  if (!/^[1-5]$/.test(text)) throw new Error(`ZH_BUS_REPLICAS must be a whole number from 1 to 5, not “${text}”`)
  return Number(text)
}

function textOf(name: string, path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8')
  } catch {
    throw new Error(`${name}=${path}: this file cannot be read`)
  }
}

/**
 * What the client is told. It never reconnects by itself: a connection that ends is seen, told and made anew by its program.
 * @param program told to the bus as the client's name
 */
export const busOptions = ({ servers, tls, login }: BusSettings, program: string) => ({
  servers: [...servers],
  name: `zhongheng ${program}`,
  // By what the operator wrote, never by what the bus offers: with options given the client refuses a bus without TLS.
  tls,
  ...login,
  reconnect: false,
  ignoreClusterUpdates: true,
  timeout: 5000,
  pingInterval: 5000,
  maxPingOut: 2,
})
