import { nodeCrypto } from '../verify/node-crypto.ts'
import { cosignedMessage, signatureLine, timedSignature } from '../verify/note.ts'
import { type Alarm, type AlarmKind, keepEvidence, keepKeys, standingAlarm } from './alarms.ts'
import { answerLimits, ask } from './ask.ts'
import type { WitnessFolder } from './folder.ts'
import { bodyOf, judgeCheckpoint, type Judgement, type Proof } from './judge.ts'
import { actsAreIn, learnKeys } from './learn-keys.ts'
import { remoteLog } from './remote-log.ts'
import { WitnessError } from './witness-error.ts'

/** A tree that stays the same is cosigned again after this many seconds, so that everybody sees the witness is awake. */
const again = 240

export type Look = {
  /** What stands against the log after this look; nothing when all is well. */
  readonly alarm: Alarm | undefined
  readonly size: number
  /** Whether a line was made, and whether the log took what was owed to it. */
  readonly cosigned: boolean
  readonly handedIn: boolean
  /** Why the log did not take the line, in its own rule id. */
  readonly refused: string | undefined
}

export type LookOptions = {
  /** Seconds without anything new from the log until that is an alarm. */
  readonly silence: number
  readonly now: () => Date
  readonly signal?: AbortSignal
  /** Milliseconds that each question to the log may take; ten seconds unless said. */
  readonly patience?: number
}

/**
 * One look at the log: fetch, judge, remember, and only then sign and hand in. Every way in which the log can fail
 * becomes an alarm; only faults of the witness's own folder are thrown.
 * @throws WitnessError folder, memory
 */
export async function lookOnce(folder: WitnessFolder, options: LookOptions): Promise<Look> {
  const seconds = (): number => Math.floor(options.now().getTime() / 1000)
  const alarmOf = (kind: AlarmKind, zh: string, en: string, evidence: string | null = null): Alarm => ({
    kind,
    since: options.now().toISOString(),
    text: { zh, en },
    evidence,
  })
  const nothing = { size: folder.memory.size, cosigned: false, handedIn: folder.memory.handedIn, refused: undefined }
  if (folder.memory.fork !== null)
    return {
      ...nothing,
      alarm: alarmOf(
        'fork',
        '此账本已被证明分叉；本见证人不再副署',
        'this log was proved to have forked; this witness cosigns nothing more',
        folder.memory.fork,
      ),
    }
  const silent = (): Alarm | undefined =>
    seconds() - folder.memory.newsAt > options.silence
      ? alarmOf(
          'silence',
          `账本超过 ${options.silence} 秒没有新的检查点`,
          `the log has shown no new checkpoint for over ${options.silence} seconds`,
        )
      : undefined
  try {
    const remote = remoteLog(folder.settings.log, options)
    const bytes = await remote.checkpoint()
    const prove = async (from: number, to: number): Promise<Proof | undefined> => {
      const tree = remote.treeOf(to)
      try {
        return { path: await tree.consistencyProof(from), from: await tree.rootAt(from) }
      } catch (error) {
        // Tiles that are missing or of a wrong length prove nothing; a log that does not answer is another matter.
        if (error instanceof WitnessError && error.code === 'unreachable') throw error
        return undefined
      }
    }
    const learning = await learnKeys(folder, remote)
    if ('what' in learning) {
      const standing = await standingAlarm(folder.path)
      const known = standing?.kind === 'key_history' ? standing.evidence : null
      const { learned } = folder.keys
      const evidence =
        learning.shown === undefined || learned === undefined
          ? null
          : (known ?? (await keepKeys(folder.path, learned.text, learning.shown, options.now())))
      return { ...nothing, alarm: alarmOf('key_history', learning.what.zh, learning.what.en, evidence) }
    }
    const { learned } = learning
    let judged = await judgeCheckpoint(bytes, folder.settings.logKeys, folder.memory, prove, options.now(), learned)
    const takes = judged.verdict === 'cosign' || judged.verdict === 'same'
    if (takes && learned !== undefined && 'head' in judged) {
      const inLog = await actsAreIn(folder, learned, judged.head, (size) => remote.treeOf(size))
      if (!inLog) judged = { verdict: 'unproven', head: judged.head }
      else if (learned !== folder.keys.learned) await folder.learn(learned)
    }
    const cosigned = await act(folder, judged, seconds())
    if (judged.verdict === 'cosign' || judged.verdict === 'same') {
      const refused = await handIn(folder, options.signal)
      return {
        alarm: silent(),
        size: folder.memory.size,
        cosigned,
        handedIn: folder.memory.handedIn,
        refused,
      }
    }
    return { ...nothing, alarm: await alarmFor(folder, judged, alarmOf) }
  } catch (error) {
    if (!(error instanceof WitnessError) || error.code === 'memory' || error.code === 'folder') throw error
    const kind = error.code === 'unreachable' ? 'unreachable' : 'malformed'
    return { ...nothing, alarm: alarmOf(kind, error.text.zh, error.text.en) }
  }
}

/** Remembers and signs. @returns whether a new line was made */
async function act(folder: WitnessFolder, judged: Judgement, now: number): Promise<boolean> {
  if (judged.verdict !== 'cosign' && judged.verdict !== 'same') return false
  const { memory } = folder
  const { head, note } = judged
  // A log that signs the time shows that it is awake even while nothing is added.
  const signedAt = Math.floor((head.signedAt?.getTime() ?? 0) / 1000)
  const news = judged.verdict === 'cosign' || signedAt > memory.signedAt
  const newsAt = news ? now : memory.newsAt
  if (head.size === 0 || (judged.verdict === 'same' && now - memory.cosignedAt < again)) {
    if (news) await folder.remember({ ...memory, newsAt, signedAt: Math.max(signedAt, memory.signedAt) })
    return false
  }
  const line = await cosign(folder, note, Math.max(now, memory.cosignedAt))
  await folder.remember({
    size: head.size,
    root: head.root,
    note,
    line,
    cosignedAt: Math.max(now, memory.cosignedAt),
    handedIn: false,
    newsAt,
    signedAt: Math.max(signedAt, memory.signedAt),
    fork: null,
  })
  return true
}

/** This witness's cosignature line over a note. @param seconds since 1970 */
export async function cosign(folder: WitnessFolder, note: string, seconds: number): Promise<string> {
  const signature = await folder.signer.sign(cosignedMessage(bodyOf(note), seconds))
  return signatureLine(nodeCrypto.sha256, folder.key, timedSignature(seconds, signature))
}

/** Gives the log the line it is owed. @returns why it did not take it */
async function handIn(folder: WitnessFolder, signal?: AbortSignal): Promise<string | undefined> {
  const { memory } = folder
  if (memory.handedIn || memory.note === null || memory.line === null) return undefined
  const answer = await ask(new URL('/api/ledger/cosignatures', folder.settings.log), answerLimits.reply, {
    post: JSON.stringify({ note: memory.note + memory.line }),
    ...(signal === undefined ? {} : { signal }),
  })
  if (answer.status >= 200 && answer.status < 300) {
    await folder.remember({ ...memory, handedIn: true })
    return undefined
  }
  return ruleIn(answer.bytes) ?? String(answer.status)
}

function ruleIn(bytes: Uint8Array): string | undefined {
  try {
    const { rule } = JSON.parse(Buffer.from(bytes).toString('utf8')) as { rule?: unknown }
    return typeof rule === 'string' && /^[A-Z0-9-]{1,40}$/.test(rule) ? rule : undefined
  } catch {
    return undefined
  }
}

async function alarmFor(
  folder: WitnessFolder,
  judged: Exclude<Judgement, { verdict: 'cosign' | 'same' }>,
  alarmOf: (kind: AlarmKind, zh: string, en: string, evidence?: string | null) => Alarm,
): Promise<Alarm> {
  const { size } = folder.memory
  switch (judged.verdict) {
    case 'fork': {
      const path = await keepEvidence(folder.path, judged.evidence)
      await folder.remember({ ...folder.memory, fork: path })
      await complain(folder)
      return alarmOf(
        'fork',
        `账本对前 ${Math.min(size, judged.head.size)} 条签过两个不同的根：历史被改写`,
        `the log signed two different roots over its first ${Math.min(size, judged.head.size)} entries: history was rewritten`,
        path,
      )
    }
    case 'rollback': {
      // It may stand for days: one file and one complaint for it, not one for each look.
      const standing = await standingAlarm(folder.path)
      const known = standing?.kind === 'rollback' ? standing.evidence : null
      const path = known ?? (await keepEvidence(folder.path, judged.evidence))
      if (known === null) await complain(folder)
      return alarmOf(
        'rollback',
        `账本只有 ${judged.head.size} 条，此前为 ${size} 条：被退回到更早的状态`,
        `the log shows ${judged.head.size} entries and had shown ${size}: it was put back to an earlier state`,
        path,
      )
    }
    case 'unproven':
      return alarmOf(
        'unproven',
        `账本无法证明其 ${judged.head.size} 条以此前的 ${size} 条开头`,
        `the log does not prove that its ${judged.head.size} entries begin with the ${size} shown before`,
      )
    case 'wrong_key':
      return alarmOf(
        'wrong_key',
        '检查点不是由约定的账本密钥签名的',
        'the checkpoint is not signed by the log key that was agreed on',
      )
    case 'malformed':
      return alarmOf('malformed', '检查点格式不正确', 'the checkpoint is malformed')
  }
}

/** Shows the log what it had promised, so that the server tells its people; that it does not answer changes nothing. */
async function complain(folder: WitnessFolder): Promise<void> {
  if (folder.memory.note === null || folder.memory.line === null) return
  await ask(new URL('/api/ledger/cosignatures', folder.settings.log), answerLimits.reply, {
    post: JSON.stringify({ note: folder.memory.note + folder.memory.line }),
  }).catch(() => undefined)
}
