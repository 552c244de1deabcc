import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeFolder, readIfThere, replaceFile } from '../log/files.ts'
import type { Bilingual } from '../verify/bilingual.ts'
import { utf8 } from '../verify/bytes.ts'
import type { Contradiction } from '../verify/fork.ts'

export type AlarmKind =
  | 'fork'
  | 'rollback'
  | 'wrong_key'
  | 'key_history'
  | 'unproven'
  | 'malformed'
  | 'silence'
  | 'unreachable'

/** Something that the witness's owner must look at. */
export type Alarm = {
  readonly kind: AlarmKind
  /** ISO 8601; since when it stands. */
  readonly since: string
  readonly text: Bilingual
  /** Evidence file, where there is one. */
  readonly evidence: string | null
}

/** Where alarms go besides the folder and standard error. */
export type AlarmWays = {
  /** A file that exists while an alarm stands and holds it as JSON. */
  readonly file?: string
  /** A program that is started for each new alarm with its kind, its English text and its evidence file (or nothing). */
  readonly hook?: string
}

const name = 'alarm.json'
/** Milliseconds that a hook may take. */
const hookPatience = 30_000

/** The alarm that stands in a witness's folder. */
export async function standingAlarm(folder: string): Promise<Alarm | undefined> {
  const bytes = await readIfThere(join(folder, name))
  if (bytes === undefined) return undefined
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as Alarm
  } catch {
    return {
      kind: 'malformed',
      since: '',
      text: { zh: '警报文件已损坏', en: 'the alarm file is damaged' },
      evidence: null,
    }
  }
}

/**
 * Raises an alarm: kept in the folder, in the file and by the hook. One of the same kind that stands already is left as
 * it is. @returns the alarm when it is new
 */
export async function raiseAlarm(folder: string, ways: AlarmWays, alarm: Alarm): Promise<Alarm | undefined> {
  const standing = await standingAlarm(folder)
  // A proved fork is never covered by something lesser.
  if (standing?.kind === alarm.kind || standing?.kind === 'fork') return undefined
  const bytes = utf8(`${JSON.stringify(alarm, null, 2)}\n`)
  await replaceFile(join(folder, name), bytes)
  if (ways.file !== undefined) await replaceFile(ways.file, bytes)
  if (ways.hook !== undefined) await runHook(ways.hook, alarm)
  return alarm
}

/** All is well again. A fork stays. @returns whether an alarm stood */
export async function endAlarm(folder: string, ways: AlarmWays): Promise<boolean> {
  const standing = await standingAlarm(folder)
  if (standing === undefined || standing.kind === 'fork') return false
  await rm(join(folder, name), { force: true })
  if (ways.file !== undefined) await rm(ways.file, { force: true })
  return true
}

/** Started directly, never by a shell, so that no word of an alarm can become a command. Its failure is not ours. */
const runHook = (program: string, alarm: Alarm): Promise<void> =>
  new Promise((resolve) => {
    execFile(
      program,
      [alarm.kind, alarm.text.en, ...(alarm.evidence === null ? [] : [alarm.evidence])],
      { timeout: hookPatience, killSignal: 'SIGKILL', maxBuffer: 64 << 10, shell: false },
      () => resolve(),
    )
  })

/** Keeps a key history that contradicts the believed one, beside that one. @returns path of the strange one */
export async function keepKeys(folder: string, known: string, shown: string, foundAt: Date): Promise<string> {
  await makeFolder(join(folder, 'evidence'))
  const stamp = foundAt.toISOString().replace(/[^0-9TZ]/g, '')
  await replaceFile(join(folder, 'evidence', `keys-believed-${stamp}.json`), utf8(known))
  const path = join(folder, 'evidence', `keys-shown-${stamp}.json`)
  await replaceFile(path, utf8(shown))
  return path
}

/** Keeps a contradiction where `show-fork` finds it. @returns its path */
export async function keepEvidence(folder: string, evidence: Contradiction): Promise<string> {
  await makeFolder(join(folder, 'evidence'))
  const path = join(folder, 'evidence', `${evidence.kind}-${evidence.foundAt.replace(/[^0-9TZ]/g, '')}.json`)
  await replaceFile(path, utf8(`${JSON.stringify(evidence, null, 2)}\n`))
  return path
}
