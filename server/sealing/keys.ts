import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { type CheckpointSigner, KeyError } from '../signing/checkpoint-signer.ts'
import { mustBePrivate, secretsFrom } from '../signing/secrets.ts'
import { softwareSigner } from '../signing/software-key.ts'
import {
  type EngagementKeyRow,
  type TenantKey,
  makeTenantKey,
  newEngagementKeys,
  openEngagementKeys,
  rewrapTenantKey,
  wrapEngagementKeys,
} from './engagement-envelope.ts'
import { openKeyShares, type ShareOf } from './key-shares.ts'
import { type Keeper, type Openers, makeKeeper, readRoot, rootKeyFile } from './keepers.ts'
import { type DataKeys, deriveKey, keyedDigest, oneKey, openText, seal } from './seal.ts'
import {
  type OpenSealing,
  closeSealing,
  newSealingFile,
  openSealingFile,
  readSealingFile,
  sealingFileIn,
  writeSealingFile,
} from './sealing-file.ts'
import { type Suite, type SuiteName, suiteNamed } from './suites.ts'
import { forgetKeyFile, readIfThere, readOrMake, writeKeyFile } from './write-key-file.ts'

/** A signing key pair with the fingerprint people compare: `SHA256:` and 43 characters of base64. */
export type SigningKey = { readonly privateKey: KeyObject; readonly publicPem: string; readonly fingerprint: string }

/** The installation's keys. They live in `<data>/keys`, readable by the server's account alone. */
export type KeyRing = {
  /** Signs policy snapshots; its public half is `keys/policy.pub` for the gateway. */
  readonly policy: SigningKey
  /** Signs manifests of evidence packs where the ledger's key cannot. */
  readonly installation: CheckpointSigner
  /** What new values are sealed with. */
  readonly suite: Suite
  /** How the key-encryption keys are unlocked at a start. */
  readonly keeper: Keeper
  /** Keys for one purpose outside engagements: identity fields, organisations' private keys. */
  house(purpose: string): DataKeys
  /** Tells one installation's keys from another's and says nothing of them (hex). */
  mark(): string
  /** Opens an engagement's keys; null once its share was destroyed, wherever the row comes from. @throws Error */
  engagement(row: EngagementKeyRow): DataKeys | null
  /** The key of the engagement's recorded traffic; null once that was disposed of. */
  trafficKey(keys: DataKeys): Uint8Array | null
  /** Makes everything unreadable for ever that the engagement's rows, or its recorded traffic, were sealed under. */
  destroy(engagementId: string, of: ShareOf): void
  /** Every engagement of which that was done, whatever the database says of it. */
  destroyed(of: ShareOf): readonly string[]
  newTenantKey(orgId: string, version: number): TenantKey
  /** A tenant's key under the newest key-encryption key. */
  rewrapTenantKey(tenant: TenantKey): TenantKey
  /** Keys of a new engagement; its shares are made with them. */
  newEngagementKeys(orgId: string, engagementId: string): DataKeys
  /** The same keys with a new one, which seals from now on. */
  renewed(keys: DataKeys): DataKeys
  /** What the row of an engagement holds of its keys. */
  wrap(tenant: TenantKey, keys: DataKeys): Buffer
  /** Versions of key-encryption keys in the file; the newest wraps. */
  kekVersions(): readonly { readonly version: number; readonly madeAt: string }[]
  /** Makes a new key-encryption key, keeps it with the others and wraps with it from now on. @returns its version */
  addKek(at: Date): Promise<number>
  /** Forgets key-encryption keys that nothing is wrapped under any more. */
  keepOnlyKek(version: number): Promise<void>
}

export type MayMake = 'everything' | 'from_root_key' | 'nothing'

export type OpenOptions = {
  readonly suite?: SuiteName
  readonly openers?: Openers
  /** Where each engagement's half of its keys lies, apart from all else that is backed up; beside the folder. */
  readonly sharesFolder?: string
  /**
   * What may be made where it is missing: everything at a first start; over sealed rows of before there were key-encryption
   * keys, only those, out of `root.key`; later nothing.
   */
  readonly mayMake?: MayMake
}

/** Opens the key folder, making keys at the first start. A half-written key never stays: temporary file, fsync, rename. @throws KeyError */
export async function openKeys(folder: string, options: OpenOptions = {}): Promise<KeyRing> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const suite = suiteNamed(options.suite ?? 'aes-256-gcm')
  const openers = options.openers ?? noOpeners
  let file = await readSealingFile(folder)
  if (!file) {
    file = await firstFile(folder, suite, options.mayMake ?? 'everything')
    await writeSealingFile(folder, file)
  }
  const opened = await openSealingFile(folder, file, openers)
  // A change of keeper that was killed before its end leaves the key in the clear behind.
  if (file.keeper.kind !== 'file') await forgetKeyFile(join(folder, rootKeyFile))
  const state = { file, opened }
  const shares = openKeyShares(options.sharesFolder ?? join(dirname(folder), 'key-shares'))
  const policy = await signingKey(folder, 'policy', houseKeys(opened, suite, 'signing-keys'))
  const installation = manifestSigner(
    await signingKey(folder, 'installation', houseKeys(opened, suite, 'signing-keys')),
  )
  const keks = () => ({ suite, current: Math.max(...state.opened.keys.keys()), keys: state.opened.keys })
  const change = async (keys: ReadonlyMap<number, Buffer>, at: Date): Promise<void> => {
    const now = await readSealingFile(folder)
    if (now?.generation !== state.file.generation)
      throw new KeyError(
        'malformed',
        `${sealingFileIn(folder)} 在启动后被改动：请重启服务`,
        `${sealingFileIn(folder)} was changed since the start: start the server again`,
      )
    const opened = { ...state.opened, keys }
    const before = new Map(state.file.keys.map((one) => [one.version, one.madeAt]))
    const file = closeSealing(opened, state.file.keeper, suite, {
      generation: state.file.generation + 1,
      madeAt: (version) => before.get(version) ?? at.toISOString(),
    })
    await writeSealingFile(folder, file)
    state.file = file
    state.opened = opened
  }
  return {
    policy,
    installation,
    suite,
    keeper: file.keeper,
    house: (purpose) => houseKeys(state.opened, suite, purpose),
    mark: () => keyedDigest(houseKeys(state.opened, suite, 'mark'), 'installation'),
    engagement: (row) =>
      row.wrapped_key.length === 0
        ? null
        : openEngagementKeys(keks(), state.opened.house, row, shares.read(row.id, 'file')),
    trafficKey(keys) {
      const share = shares.read(keys.engagement, 'traffic')
      if (share === 'destroyed') return null
      return share === null ? keys.fixed : deriveKey(Buffer.concat([keys.fixed, share]), 'traffic')
    },
    destroy: (engagementId, of) => shares.destroy(engagementId, of),
    destroyed: (of) => shares.destroyed(of),
    newTenantKey: (orgId, version) => makeTenantKey(keks(), orgId, version),
    rewrapTenantKey: (tenant) => rewrapTenantKey(keks(), tenant),
    newEngagementKeys(orgId, engagementId) {
      shares.make(engagementId)
      return newEngagementKeys(orgId, engagementId, suite)
    },
    renewed(keys) {
      const next = Math.max(...keys.keys.keys()) + 1
      return { ...keys, current: next, keys: new Map([...keys.keys, [next, randomBytes(32)]]) }
    },
    wrap(tenant, keys) {
      const share = shares.read(keys.engagement, 'file')
      if (share === 'destroyed') throw disposed()
      return wrapEngagementKeys(keks(), tenant, keys, share)
    },
    kekVersions: () => state.file.keys.map(({ version, madeAt }) => ({ version, madeAt })),
    async addKek(at) {
      const version = keks().current + 1
      await change(new Map([...state.opened.keys, [version, randomBytes(32)]]), at)
      return version
    },
    async keepOnlyKek(version) {
      const key = state.opened.keys.get(version)
      if (!key || version !== keks().current) throw new Error('only the newest key-encryption key stays')
      await change(new Map([[version, key]]), new Date(0))
    },
  }
}

/** What everything answers that asks for the content of an engagement whose keys were destroyed. */
export const disposed = (): Problem =>
  new Problem(
    'wrong_state',
    say(
      '此项目的数据已按规定销毁，只能查看时间线、账本条目和处置记录',
      'the data of this engagement was destroyed; its timeline, ledger entries and disposal record stay',
    ),
    { rule: 'DISPOSED-1' },
  )

/** Where nobody can be asked: a file in the clear opens, everything else is refused with what is missing. */
const noOpeners: Openers = {
  secrets: secretsFrom({ passphraseFile: undefined, pinFile: undefined, tokenEnvironment: {} }, 'SEALING'),
  shares: () => Promise.reject(new KeyError('locked', '需要密钥份额', 'shares are needed')),
}

/** Installations of before have a `root.key` alone: what it sealed goes on opening, because it becomes the house key. */
async function firstFile(folder: string, suite: Suite, mayMake: MayMake) {
  const root = join(folder, rootKeyFile)
  if (mayMake !== 'nothing' && (await readIfThere(root))) {
    await mustBePrivate(root)
    const old = await readRoot(root)
    return newSealingFile({ kind: 'file' }, deriveKey(old, 'unlock'), suite, new Date(), old)
  }
  if (mayMake !== 'everything')
    throw new KeyError(
      'missing',
      `${folder} 中没有密钥（sealing.json、root.key），而数据库中已有封存的数据：请从备份恢复 keys 目录。没有明文方式`,
      `keys are missing in ${folder} (sealing.json, root.key), and the database holds sealed data: restore the keys folder from backup. There is no way without`,
    )
  const made = await makeKeeper(folder, { kind: 'file' }, noOpeners.secrets)
  return newSealingFile(made.keeper, made.key, suite, new Date())
}

const houseKeys = (opened: OpenSealing, suite: Suite, purpose: string): DataKeys =>
  oneKey(deriveKey(opened.house, `house/${purpose}`), suite, 'installation')

export function newSigningKey(): { privatePem: string; publicPem: string } {
  const pair = generateKeyPairSync('ed25519')
  return {
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
  }
}

/** SHA-256 over the DER public key, as people read it out to each other. */
export function fingerprintOf(publicPem: string): string {
  const der = createPublicKey(publicPem).export({ type: 'spki', format: 'der' })
  return `SHA256:${createHash('sha256').update(der).digest('base64').replace(/=+$/, '')}`
}

export const signText = (key: KeyObject, text: string): string =>
  sign(null, Buffer.from(text, 'utf8'), key).toString('base64')

/** A signing key of ours in the key folder, sealed under the house key; one of before, in the clear, is sealed now. */
async function signingKey(folder: string, name: string, keys: DataKeys): Promise<SigningKey> {
  const path = join(folder, `${name}.key`)
  const place = { table: 'keys', column: 'signing', row: name }
  const sealed = (pem: string) => Buffer.from(`${seal(keys, place, pem).toString('base64')}\n`)
  const kept = (await readOrMake(path, () => sealed(newSigningKey().privatePem))).toString('utf8')
  const pem = kept.startsWith('-----') ? kept : openText(keys, place, Buffer.from(kept, 'base64'))
  if (pem === kept) await writeKeyFile(path, sealed(pem), 0o600)
  const privateKey = createPrivateKey(pem)
  const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString()
  const publicFile = join(folder, `${name}.pub`)
  await readOrMake(publicFile, () => Buffer.from(publicPem), 0o644)
  // A private key restored from backup beside another public one: readers must get the half that really signs.
  if ((await readFile(publicFile, 'utf8')) !== publicPem) await writeKeyFile(publicFile, Buffer.from(publicPem), 0o644)
  return { privateKey, publicPem, fingerprint: fingerprintOf(publicPem) }
}

const manifestSigner = ({ privateKey }: SigningKey): CheckpointSigner =>
  softwareSigner('sealed', 'installation.key', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
