import { newEd25519Key } from '../log/signer.ts'
import { sameBytes } from '../verify/bytes.ts'
import { fingerprint, isKeyName, noteAlgorithms, parseVerifierKey, type VerifierKey } from '../verify/keys.ts'
import { leadsToPresent, learnKeysFile, type LearnedKeys } from '../verify/keys-file.ts'
import { nodeCrypto } from '../verify/node-crypto.ts'
import { formatRegistration, registrationMessage } from '../verify/witness-registration.ts'
import { beginFolder, defaultName, readFolder, verifierKeyOf } from './folder.ts'
import { openShown } from './judge.ts'
import { type RemoteLog, remoteLog } from './remote-log.ts'
import { WitnessError } from './witness-error.ts'

/** The log's URL prefix out of what a person typed; a bare address means the platform's own prefix. */
export function prefixOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '')
    throw new WitnessError('folder', `${text} 不是 http(s) 地址`, `${text} is no http(s) address`)
  if (url.username !== '' || url.password !== '')
    throw new WitnessError('folder', '地址中不得含有账号或密码', 'an address holds no name and no password')
  const path = url.pathname.replace(/\/+$/, '')
  return `${url.origin}${path === '' ? '/ledger' : path}`
}

/**
 * Sets a witness up for the log whose key has this fingerprint. The server may say which key that is, but not that it
 * is another one.
 * @param trusted lower-case hex SHA-256 of the log key's SubjectPublicKeyInfo, which the owner got another way
 * @throws WitnessError folder, unreachable, malformed, key
 */
export async function beginWitness(
  path: string,
  log: string,
  trusted: readonly string[],
  name: string | undefined,
  now: Date,
): Promise<void> {
  const prefix = prefixOf(log)
  if (name !== undefined && (!isKeyName(name) || name.length > 100))
    throw new WitnessError(
      'folder',
      '名称不超过 100 个字符，不含空白和加号，例如 witness.example.com/w1',
      'a name has at most 100 characters, no blank and no plus sign, such as witness.example.com/w1',
    )
  const remote = remoteLog(prefix)
  const learned = await offeredHistory(remote)
  const offered = [
    ...(await remote.keys())
      .split('\n')
      .slice(0, 20)
      .map((line) => parseVerifierKey(nodeCrypto.sha256, line.trim())),
    ...(learned === undefined ? [] : keysOf(learned)),
  ]
  const isTrusted = (key: VerifierKey | undefined): key is VerifierKey =>
    key?.algorithm === noteAlgorithms.ed25519 && trusted.includes(fingerprint(nodeCrypto.sha256, key.publicKey))
  const keys = offered
    .filter(isTrusted)
    .filter((key, at, all) => all.findIndex((other) => sameBytes(other.publicKey, key.publicKey)) === at)
  if (keys.length === 0)
    throw new WitnessError(
      'key',
      `${prefix} 的密钥与您给出的指纹不符。请向组织方另行核对指纹`,
      `the key at ${prefix} does not have the fingerprint you gave. Compare the fingerprint with the organizer by another way`,
    )
  const leads = learned !== undefined && leadsToPresent(learned.history, trusted) ? learned : undefined
  if (typeof openShown(await remote.checkpoint(), { pinned: keys, learned: leads }) === 'string')
    throw new WitnessError(
      'key',
      `${prefix} 的检查点不是由该密钥签名的`,
      `the checkpoint at ${prefix} is not signed by that key`,
    )
  const { privateKeyPem, signer } = newEd25519Key()
  await beginFolder(
    path,
    { log: prefix, logKeys: keys, name: name ?? defaultName(signer.publicKey) },
    privateKeyPem,
    Math.floor(now.getTime() / 1000),
  )
}

/** The key history that the log shows; undefined where it shows none, or one that does not hold. */
async function offeredHistory(remote: RemoteLog): Promise<LearnedKeys | undefined> {
  const bytes = await remote.keyHistory()
  const learned = bytes === undefined ? undefined : learnKeysFile(nodeCrypto, bytes)
  return learned !== undefined && 'history' in learned ? learned : undefined
}

const keysOf = ({ history }: LearnedKeys): VerifierKey[] =>
  history.keys.map(({ publicKey }) => ({ name: history.origin, algorithm: noteAlgorithms.ed25519, publicKey }))

/** What the owner hands in to have the witness registered. @throws WitnessError folder, memory */
export async function registrationOf(path: string): Promise<string> {
  const folder = await readFolder(path)
  const line = verifierKeyOf(folder)
  const origin = folder.settings.logKeys[0]?.name ?? ''
  return formatRegistration(line, await folder.signer.sign(registrationMessage(origin, line)))
}
