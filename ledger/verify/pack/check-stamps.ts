import type { Bilingual } from '../bilingual.ts'
import { fromHex } from '../bytes.ts'
import type { OpenedCheckpoint } from '../checkpoint.ts'
import type { VerifyCrypto } from '../crypto.ts'
import type { KeyHistory } from '../key-history.ts'
import { openHead } from '../keys-file.ts'
import { verifyConsistency } from '../proofs.ts'
import { coversSha256, readTimeStamp, type TimeStamp } from '../time-stamp.ts'
import { malformedPack, PackError } from './fault.ts'
import { packLimits } from './format.ts'
import type { OpenedContainer } from './open-container.ts'
import { readStampProof } from './shapes.ts'

/** Who signed a time stamp, as far as it can be checked where this runs. */
export type StampSigner =
  | { readonly is: 'good'; readonly authority: string }
  | { readonly is: 'wrong'; readonly why: Bilingual }
  | { readonly is: 'not_checked'; readonly why: Bilingual }
/** Left out where there is no list of authorities to trust, or no code to check their signatures, as in a browser. */
export type CheckSigner = (stamp: TimeStamp) => StampSigner

export type CheckedStamp = {
  /** Entries of the log before this number existed at that time. */
  readonly size: number
  /** By the clock of the time-stamping authority, ISO 8601 UTC. */
  readonly at: string
  /** Its policy, as an object identifier. */
  readonly policy: string
  /** Who signed it; null where that was not checked here. */
  readonly authority: string | null
}

type LogOfPack = {
  readonly key: Uint8Array
  /** Where the pack holds it: an older head may be another key's. */
  readonly history: KeyHistory | undefined
  readonly head: OpenedCheckpoint
}

/**
 * The time stamps of a pack: each is over the very bytes of a head of the log that the pack's own head goes on from.
 * @throws PackError
 */
export async function checkStamps(
  crypto: VerifyCrypto,
  container: OpenedContainer,
  log: LogOfPack,
  checkSigner: CheckSigner | undefined,
): Promise<CheckedStamp[]> {
  const sizes = new Set<string>()
  for (const { name } of container.manifest.files) {
    const size = /^timestamps\/(\d+)\./.exec(name)?.[1]
    if (size !== undefined) sizes.add(size)
  }
  if (sizes.size > packLimits.timeStamps)
    throw malformedPack('timestamps', '时间戳过多', `over ${packLimits.timeStamps} time stamps`)
  const stamps: CheckedStamp[] = []
  for (const size of sizes) stamps.push(await checkStamp(crypto, container, log, size, checkSigner))
  return stamps.sort((a, b) => a.size - b.size)
}

async function checkStamp(
  crypto: VerifyCrypto,
  container: OpenedContainer,
  { key, history, head }: LogOfPack,
  size: string,
  checkSigner: CheckSigner | undefined,
): Promise<CheckedStamp> {
  const read = async (part: 'checkpoint' | 'json' | 'tsr'): Promise<[name: string, bytes: Uint8Array]> => {
    const name = `timestamps/${size}.${part}`
    const bytes = await container.readSmall(name, packLimits.smallBytes)
    if (bytes === undefined) throw malformedPack(name, '缺少此文件', 'this file is missing')
    return [name, bytes]
  }
  const [noteName, note] = await read('checkpoint')
  const [answerName, answer] = await read('tsr')
  const [proofName, proofBytes] = await read('json')
  const stamped = openHead(crypto, note, key, history)
  if (stamped === undefined || stamped.origin !== head.origin || String(stamped.size) !== size)
    throw new PackError(noteName, '不是此账本签名的该检查点', 'it is not that head, signed by the log')
  const proof = readStampProof(proofBytes)
  if (proof === undefined) throw malformedPack(proofName, '格式不正确', 'malformed')
  const goesOn = verifyConsistency(crypto.sha256, {
    size1: stamped.size,
    size2: head.size,
    root1: stamped.root,
    root2: head.root,
    path: proof.proof.map((hash) => fromHex(hash, 32) ?? new Uint8Array(0)),
  })
  if (!goesOn)
    throw new PackError(
      proofName,
      '账本不是加盖时间戳时那本账的延续',
      'the log does not go on from the head that was time-stamped',
    )
  const stamp = readTimeStamp(answer)
  if (stamp === undefined) throw malformedPack(answerName, '不是 RFC 3161 时间戳', 'not an RFC 3161 time stamp')
  if (coversSha256(crypto.sha256, stamp, note) !== 'good')
    throw new PackError(answerName, '时间戳不是针对此检查点的', 'the time stamp is not over that head')
  const signer = checkSigner?.(stamp)
  if (signer?.is === 'wrong')
    throw new PackError(
      answerName,
      `时间戳的签名不成立：${signer.why.zh}`,
      `the signature of the time stamp does not hold: ${signer.why.en}`,
    )
  return {
    size: stamped.size,
    at: stamp.at.toISOString(),
    policy: stamp.policy,
    authority: signer?.is === 'good' ? signer.authority : null,
  }
}
