import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, readIfThere, replaceFile } from '../log/files.ts'
import { LedgerError } from '../log/ledger-error.ts'
import { claimLog } from '../log/claim.ts'
import { ed25519Signer, type Signer } from '../log/signer.ts'
import { fromHex, sameBytes, toHex, utf8 } from '../verify/bytes.ts'
import { trustedFrom } from '../verify/key-history.ts'
import { fingerprint, formatVerifierKey, noteAlgorithms, parseVerifierKey, type VerifierKey } from '../verify/keys.ts'
import { learnKeysFile, type LearnedKeys } from '../verify/keys-file.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { parseNote, verifyNote } from '../verify/note.ts'
import { type Believed, openShown } from './judge.ts'
import { WitnessError } from './witness-error.ts'

const { sha256 } = nodeCrypto
const formats = { settings: 'zhongheng-witness/v1', memory: 'zhongheng-witness-memory/v1' } as const

/** What a witness was told when it was set up; never changed by what a server answers. */
export type WitnessSettings = {
  /** URL prefix of the log. */
  readonly log: string
  /** Keys of the log that are believed, under the log's origin. */
  readonly logKeys: readonly VerifierKey[]
  /** The witness's own key name. */
  readonly name: string
}

/** Everything that a witness remembers between two looks at the log. */
export type Memory = {
  /** The largest tree vouched for; 0 before the first. */
  readonly size: number
  readonly root: Uint8Array
  /** The log's note over that tree, and this witness's own line under it. */
  readonly note: string | null
  readonly line: string | null
  /** When that line was made, in seconds since 1970. */
  readonly cosignedAt: number
  /** Whether the log has taken the line. */
  readonly handedIn: boolean
  /** When the log last showed something newer than before, in seconds since 1970. */
  readonly newsAt: number
  /** The newest time that the log itself signed, in seconds since 1970; 0 where it signs none. */
  readonly signedAt: number
  /** Evidence file of a proved fork: from then on nothing is cosigned. */
  readonly fork: string | null
}

export const noMemory = (now: number): Memory => ({
  size: 0,
  root: new Uint8Array(32),
  note: null,
  line: null,
  cosignedAt: 0,
  handedIn: true,
  newsAt: now,
  signedAt: 0,
  fork: null,
})

/** An open witness folder, held by this process alone. */
export type WitnessFolder = {
  readonly path: string
  readonly settings: WitnessSettings
  readonly key: VerifierKey
  readonly signer: Signer
  readonly memory: Memory
  /** The log's keys that are believed: those that were pinned, and the history that was learned since. */
  readonly keys: Believed
  /** Keeps a newer history of the log's keys, on the disk before it returns. */
  learn(keys: LearnedKeys): Promise<void>
  /** Keeps the new memory on the disk before it returns. @throws WitnessError memory for a smaller tree */
  remember(next: Memory): Promise<void>
  release(): Promise<void>
}

export const verifierKeyOf = (folder: Pick<WitnessFolder, 'key'>): string => formatVerifierKey(sha256, folder.key)

/** Begins a witness in an empty folder. @throws WitnessError folder */
export async function beginFolder(
  path: string,
  settings: WitnessSettings,
  privateKeyPem: string,
  now: number,
): Promise<void> {
  await makeFolder(join(path, 'evidence'))
  if (await isThere(join(path, 'witness.json')))
    throw new WitnessError('folder', `${path} 中已有见证人`, `there is a witness in ${path} already`)
  await writeFile(join(path, 'key.pem'), privateKeyPem, { mode: 0o600, flag: 'wx' })
  await replaceFile(join(path, 'memory.json'), writeMemory(noMemory(now)))
  // Last: a folder with this file is a witness with a key and a memory.
  await replaceFile(
    join(path, 'witness.json'),
    utf8(
      `${JSON.stringify(
        {
          format: formats.settings,
          log: settings.log,
          name: settings.name,
          logKeys: settings.logKeys.map((key) => formatVerifierKey(sha256, key)),
        },
        null,
        2,
      )}\n`,
    ),
  )
}

/**
 * Opens a witness folder for cosigning. A memory that is missing or broken is never begun anew: the witness could then
 * vouch for a second history.
 * @throws WitnessError folder, memory
 */
export async function openFolder(path: string): Promise<WitnessFolder> {
  const read = await readFolder(path)
  // The claim of a log does for a witness too: a file that names its holder, taken over once the holder has ended.
  const state = join(path, '.state')
  await makeFolder(state)
  const claim = await claimLog(state, undefined).catch((error: unknown) => {
    if (error instanceof LedgerError && (error.code === 'locked' || error.code === 'fenced'))
      throw new WitnessError(
        'folder',
        `另一个进程正在使用 ${path}；若其确已结束，请删除 ${state} 中的文件`,
        `another process works in ${path}; if it has surely ended, delete the files in ${state}`,
        error,
      )
    throw error
  })
  // Read again under the lock: another process may have gone on in between.
  let { memory, keys } = await readFolder(path).catch(async (error: unknown) => {
    await claim.release()
    throw error
  })
  return {
    ...read,
    get memory() {
      return memory
    },
    get keys() {
      return keys
    },
    async learn(learned) {
      await replaceFile(join(path, keysName), utf8(learned.text), undefined, claim.mustHold)
      keys = { ...keys, learned }
    },
    async remember(next) {
      if (
        next.size < memory.size ||
        (next.size === memory.size && memory.size > 0 && !sameBytes(next.root, memory.root))
      )
        throw new WitnessError(
          'memory',
          `不得从 ${memory.size} 条退回 ${next.size} 条`,
          `the memory of ${memory.size} entries never goes back to ${next.size}`,
        )
      // Whoever was paused while another took over may not write over what that one remembered.
      await replaceFile(join(path, 'memory.json'), writeMemory(next), undefined, claim.mustHold)
      memory = next
    },
    release: claim.release,
  }
}

/** Settings, key and memory as they stand, for looking only. @throws WitnessError folder, memory */
export async function readFolder(
  path: string,
): Promise<Pick<WitnessFolder, 'path' | 'settings' | 'key' | 'signer' | 'memory' | 'keys'>> {
  const settings = readSettings(await textOf(join(path, 'witness.json')))
  if (settings === undefined)
    throw new WitnessError(
      'folder',
      `${path} 中没有见证人，请先运行 heng witness init`,
      `there is no witness in ${path}; run heng witness init first`,
    )
  const signer = signerOf(await textOf(join(path, 'key.pem')))
  if (signer === undefined)
    throw new WitnessError('folder', `${path} 中没有可用的 key.pem`, `there is no usable key.pem in ${path}`)
  const key: VerifierKey = {
    name: settings.name,
    algorithm: noteAlgorithms.cosignature,
    publicKey: signer.publicKey,
  }
  const learned = await readKeys(path)
  if (learned === 'damaged')
    throw new WitnessError(
      'memory',
      `${join(path, keysName)} 已损坏；删除后见证人会重新取得，并由您指定的密钥引出`,
      `${join(path, keysName)} is damaged; delete it, and the witness learns it again from the key you named`,
    )
  const keys: Believed = { pinned: settings.logKeys, learned }
  const memory = readMemory(await textOf(join(path, 'memory.json')), believedKeys(keys), key)
  if (memory === undefined)
    throw new WitnessError(
      'memory',
      `${path} 的记忆文件缺失或损坏。见证人不得从头再来：请用新文件夹和新密钥登记新的见证人`,
      `the memory in ${path} is missing or damaged. A witness never begins anew: register a new one, with a new folder and key`,
    )
  return { path, settings, key, signer, memory, keys }
}

const keysName = 'keys.json'

async function readKeys(path: string): Promise<LearnedKeys | undefined | 'damaged'> {
  const bytes = await readIfThere(join(path, keysName))
  if (bytes === undefined) return undefined
  const learned = learnKeysFile(nodeCrypto, bytes)
  return 'history' in learned ? learned : 'damaged'
}

/**
 * Every key that a note in one's own folder may be signed by: the pinned ones and all that they led to, also those that
 * were revoked since. What was kept stays what it was; new heads are judged by the keys in force.
 */
export function believedKeys({ pinned, learned }: Believed): readonly VerifierKey[] {
  if (learned === undefined) return pinned
  const { history } = learned
  const trusted = trustedFrom(
    history,
    pinned.map((key) => fingerprint(sha256, key.publicKey)),
  )
  const led = history.keys.filter((key) => trusted.has(key.fingerprint))
  return [
    ...pinned,
    ...led.map(({ publicKey }) => ({ name: history.origin, algorithm: noteAlgorithms.ed25519, publicKey })),
  ]
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const textOf = async (path: string): Promise<string> => {
  const bytes = await readIfThere(path)
  return bytes === undefined || bytes.length > 1 << 20 ? '' : Buffer.from(bytes).toString('utf8')
}

function signerOf(pem: string): Signer | undefined {
  try {
    return ed25519Signer(pem)
  } catch {
    return undefined
  }
}

function readSettings(text: string): WitnessSettings | undefined {
  const { format, log, name, logKeys } = objectIn(text)
  if (format !== formats.settings || typeof log !== 'string' || typeof name !== 'string' || !Array.isArray(logKeys))
    return undefined
  const keys = logKeys.map((line) => (typeof line === 'string' ? parseVerifierKey(sha256, line) : undefined))
  if (keys.length === 0 || keys.includes(undefined)) return undefined
  return { log, name, logKeys: keys as VerifierKey[] }
}

const writeMemory = (memory: Memory): Uint8Array =>
  utf8(`${JSON.stringify({ format: formats.memory, ...memory, root: toHex(memory.root) }, null, 2)}\n`)

/** A memory counts only when both signatures in it hold: nobody can put words into it, not even by editing the file. */
function readMemory(text: string, logKeys: readonly VerifierKey[], key: VerifierKey): Memory | undefined {
  const { format, size, root: rootText, note, line, cosignedAt, handedIn, newsAt, signedAt, fork } = objectIn(text)
  const root = fromHex(rootText, 32)
  if (format !== formats.memory || root === undefined) return undefined
  if (!isCount(size) || !isCount(cosignedAt) || !isCount(newsAt) || !isCount(signedAt) || typeof handedIn !== 'boolean')
    return undefined
  if (fork !== null && typeof fork !== 'string') return undefined
  if (size === 0) return { ...noMemory(newsAt), signedAt, fork }
  if (typeof note !== 'string' || typeof line !== 'string') return undefined
  const shown = openShown(utf8(note), { pinned: logKeys, learned: undefined })
  if (typeof shown === 'string' || shown.head.size !== size || !sameBytes(shown.head.root, root)) return undefined
  const cosigned = parseNote(utf8(note + line))
  if (cosigned === undefined || verifyNote(nodeCrypto, cosigned, key).line !== 'good') return undefined
  return { size, root, note, line, cosignedAt, handedIn, newsAt, signedAt, fork }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {}
  }
}

/** The name of a witness whose owner gave none: made of its key, so that no two are alike. */
export const defaultName = (publicKey: Uint8Array): string => `witness.local/${toHex(sha256(publicKey)).slice(0, 16)}`

/** A file's text, for evidence that somebody hands over. @throws the file system's errors */
export const readEvidence = async (path: string, most: number): Promise<unknown> => {
  const bytes = await readFile(path)
  return bytes.length > most ? undefined : objectIn(bytes.toString('utf8'))
}
