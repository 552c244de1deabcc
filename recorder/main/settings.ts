import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { type BusSettings, readBusSettings } from '@zhongheng/contracts/records/bus-settings.ts'
import { readNode } from '@zhongheng/contracts/records/nodes.ts'
import { recorderSockets, socketPath } from '@zhongheng/contracts/records/sockets.ts'
import type { S3Settings } from '../rest/s3-store.ts'

/** Everything the recorder takes from outside. */
export type Settings = {
  /** Folder of the record. */
  readonly folder: string
  /** Which of the installation's recorders this is: its sequences begin behind those of the nodes before it. */
  readonly node: number
  readonly intakeSocket: string
  readonly controlSocket: string
  /** Where finished segments go to rest; null: they stay in the folder. */
  readonly store: StoreSettings | null
  /** The bus that rows are put on; null: they are asked for over the control socket. */
  readonly bus: BusSettings | null
}

export type StoreSettings = {
  readonly place: { readonly kind: 'folder'; readonly path: string } | ({ readonly kind: 's3' } & S3Settings)
  readonly keepMs: number
  readonly cacheBytes: number
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * `ZH_DATA` (default `.data` here), `ZH_NODE` (default 0), `ZH_RUN` (default `run` in it) the `ZH_SEGMENTS_…` of the store and the `ZH_BUS…` of the bus. The only place
 * that reads the environment. @throws Error naming the variable, what it must be and, where it holds no secret, what it was
 */
export function readSettings(env: Environment = process.env): Settings {
  const data = resolve(env['ZH_DATA'] || '.data')
  const run = resolve(env['ZH_RUN'] || join(data, 'run'))
  return {
    folder: join(data, 'recorder'),
    node: readNode(env),
    intakeSocket: socketPath(run, recorderSockets.intake),
    controlSocket: socketPath(run, recorderSockets.control),
    store: storeOf(env),
    bus: readBusSettings(env),
  }
}

const day = 86_400_000

function storeOf(env: Environment): StoreSettings | null {
  const place = placeOf(env)
  if (place === null) {
    const idle = Object.keys(env).find((name) => name.startsWith('ZH_SEGMENTS_') && env[name])
    if (idle !== undefined) throw new Error(`${idle} means nothing without ZH_SEGMENTS_FOLDER or ZH_SEGMENTS_S3`)
    return null
  }
  return {
    place,
    keepMs: numberOf(env, 'ZH_SEGMENTS_KEEP_DAYS', 7, 0, 3650) * day,
    cacheBytes: numberOf(env, 'ZH_SEGMENTS_CACHE_MB', 1024, 128, 1_048_576) * 1_048_576,
  }
}

function placeOf(env: Environment): StoreSettings['place'] | null {
  const folder = env['ZH_SEGMENTS_FOLDER']
  const address = env['ZH_SEGMENTS_S3']
  if (folder && address)
    throw new Error('ZH_SEGMENTS_FOLDER and ZH_SEGMENTS_S3 are both set: segments rest in one place')
  if (folder) return { kind: 'folder', path: resolve(folder) }
  if (!address) return null
  return {
    kind: 's3',
    address: addressOf(address),
    region: regionOf(env),
    ...credentialsOf(env),
    ...(env['ZH_SEGMENTS_S3_CA'] ? { ca: authoritiesIn('ZH_SEGMENTS_S3_CA', env['ZH_SEGMENTS_S3_CA']) } : {}),
  }
}

/** Without what was given: somebody may have written a password into it. */
function addressOf(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null
  const isPlain = url?.protocol === 'http:' && /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/.test(url.hostname)
  if (
    url === null ||
    (url.protocol !== 'https:' && !isPlain) ||
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    !/^\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](\/[A-Za-z0-9._-]+)*\/?$/.test(url.pathname)
  )
    throw new Error(
      'ZH_SEGMENTS_S3 must be like https://s3.example.com/bucket or …/bucket/prefix, with http only on this machine, and the credentials in ZH_SEGMENTS_S3_KEY_FILE',
    )
  return url
}

function regionOf(env: Environment): string {
  const region = env['ZH_SEGMENTS_S3_REGION'] || 'us-east-1'
  if (!/^[a-z0-9-]{1,60}$/.test(region))
    throw new Error(`ZH_SEGMENTS_S3_REGION must be a region such as us-east-1, not “${region}”`)
  return region
}

function credentialsOf(env: Environment): Pick<S3Settings, 'accessKeyId' | 'secretAccessKey'> {
  const name = 'ZH_SEGMENTS_S3_KEY_FILE'
  const path = env[name]
  if (!path) throw new Error(`${name} is missing: a file of two lines, the access key’s id and its secret`)
  const [accessKeyId = '', secretAccessKey = '', ...rest] = textOf(name, path).trim().split(/\r?\n/)
  if (!/^[\w.+/=-]{3,128}$/.test(accessKeyId) || !/^[\x21-\x7e]{8,256}$/.test(secretAccessKey) || rest.length > 0)
    throw new Error(`${name}=${path}: must hold two lines, the access key’s id and its secret`)
  return { accessKeyId, secretAccessKey }
}

function authoritiesIn(name: string, path: string): string {
  const text = textOf(name, path)
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    if (found.length > 0 && found.every((pem) => new X509Certificate(pem).ca)) return text
  } catch {
    // Told below.
  }
  throw new Error(`${name}=${path}: holds no CA certificates in PEM`)
}

function textOf(name: string, path: string): string {
  try {
    return readFileSync(resolve(path), 'utf8')
  } catch {
    throw new Error(`${name}=${path}: this file cannot be read`)
  }
}

function numberOf(env: Environment, name: string, otherwise: number, least: number, most: number): number {
  const text = env[name]
  if (!text) return otherwise
  const number = Number(text)
  if (!Number.isInteger(number) || number < least || number > most)
    throw new Error(`${name} must be a whole number from ${least} to ${most}, not “${text}”`)
  return number
}
