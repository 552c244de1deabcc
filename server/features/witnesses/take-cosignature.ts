import { join } from 'node:path'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { fromHex, joinBytes, toBase64, toHex, utf8 } from '@zhongheng/ledger/verify/bytes.ts'
import { parseCheckpoint } from '@zhongheng/ledger/verify/checkpoint.ts'
import { LedgerError } from '@zhongheng/ledger/log/ledger-error.ts'
import { openOwnCheckpoint } from '@zhongheng/ledger/log/log-keys.ts'
import { noteAlgorithms } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { type Note, type NoteSignature, parseNote, verifyNote } from '@zhongheng/ledger/verify/note.ts'
import type { Later } from '../../http/registry.ts'
import type { Work } from '../../work/work.ts'
import { rootAt } from '../public-log/reads.ts'
import { engagementsAsking } from './engagements-asking.ts'
import type { WitnessRow } from './seats.ts'

/** Milliseconds by which a witness's clock may be ahead of ours. */
const ahead = 5 * 60_000

/** The key name under which a note is counted against the throttle; worth nothing else before it is verified. */
export function claimedName(note: string, origin: string): string {
  const names = [...note.matchAll(/^\u2014 (\S{1,200}) /gmu)].map((match) => match[1] ?? '')
  return names.find((name) => name !== origin) ?? ''
}

/**
 * Takes a checkpoint that a registered witness cosigned. The cosignature is the credential; nothing else is believed of
 * whoever sends it. A witness that vouches for a tree that is not ours is put on record before it is answered.
 * @throws Problem malformed WITNESS-4, forbidden WITNESS-5 for a line of no registered witness; conflict WITNESS-9
 *   (after the commit) for another tree than ours
 */
export async function takeCosignature(work: Work, text: string): Promise<void | Later<void>> {
  const note = parseNote(utf8(text))
  const head = note === undefined ? undefined : parseCheckpoint(note.text)
  if (note === undefined || head === undefined || head.origin !== work.deps.ledger.origin || head.size === 0)
    throw new Problem(
      'malformed',
      say(
        '应为本账本的检查点，附账本与一名见证人的签名行',
        'a checkpoint of this ledger with its own lines and a witness’s',
      ),
      {
        rule: 'WITNESS-4',
        fields: [
          {
            field: 'body.note',
            limit: say('C2SP 检查点', 'a C2SP checkpoint'),
            fix: say('原样提交副署过的检查点', 'hand in the checkpoint as it was cosigned'),
          },
        ],
      },
    )
  const signed = await signerOf(work, note, head.origin)
  // Only what the log itself signed says anything about the log: a witness alone cannot make it look bad.
  const own = await openOwnCheckpoint(work.deps.ledger.keys, work.deps.ledger.origin, utf8(text)).catch(
    (error: unknown) => {
      if (error instanceof LedgerError) return undefined
      throw error
    },
  )
  if (signed === undefined || own === undefined || signed.at.getTime() > Date.now() + ahead)
    throw new Problem(
      'forbidden',
      say('没有已登记的见证人有效地副署过它', 'no registered witness has validly cosigned it'),
      { rule: 'WITNESS-5' },
    )
  const root = toHex(head.root)
  if (!(await isOurs(work, head.size, root))) return disagree(work, signed.witness, head.size, root)
  const body = `${note.text}\n${linesOf(note, (line) => line.name === head.origin)}`
  await work.db
    .insertInto('checkpoints')
    .values({ size: head.size, root, note: body, offered_at: work.now })
    .onConflict((conflict) => conflict.column('size').doNothing())
    .execute()
  const line = linesOf(note, (one) => one === signed.line)
  await work.db
    .insertInto('cosignatures')
    .values({
      size: head.size,
      witness_id: signed.witness.id,
      org_id: signed.witness.org_id,
      line,
      signed_at: signed.at,
      received_at: work.now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['size', 'witness_id'])
        .doUpdateSet({ line, signed_at: signed.at, received_at: work.now })
        .where('cosignatures.signed_at', '<', signed.at),
    )
    .execute()
  // An old line that somebody sends again says nothing about today.
  const before = signed.witness
  if (before.last_size !== null && Number(before.last_size) > head.size) return
  if (Number(before.last_size) === head.size && before.last_at !== null && before.last_at >= signed.at) return
  await work.db
    .updateTable('witnesses')
    .set({ last_size: head.size, last_at: signed.at, late_since: null, disagrees_since: null, disagrees_size: null })
    .where('id', '=', signed.witness.id)
    .execute()
}

const linesOf = (note: Note, wanted: (line: NoteSignature) => boolean): string =>
  note.signatures
    .filter(wanted)
    .map((line) => `\u2014 ${line.name} ${toBase64(joinBytes(line.keyId, line.bytes))}\n`)
    .join('')

/** The one registered witness whose line verifies, locked so that two of its lines are taken one after the other. */
async function signerOf(
  work: Work,
  note: Note,
  origin: string,
): Promise<{ witness: WitnessRow; line: NoteSignature; at: Date } | undefined> {
  const names = [...new Set(note.signatures.map((line) => line.name))].filter((name) => name !== origin)
  if (names.length !== 1) return undefined
  const witness = await work.db
    .selectFrom('witnesses')
    .selectAll()
    .where('name', 'in', names)
    .where('removed_at', 'is', null)
    .forUpdate()
    .executeTakeFirst()
  const publicKey = fromHex(witness?.public_key, 32)
  const line = note.signatures.find((one) => one.name === witness?.name)
  if (witness === undefined || publicKey === undefined || line === undefined) return undefined
  const verdict = verifyNote(nodeCrypto, note, {
    name: witness.name,
    algorithm: noteAlgorithms.cosignature,
    publicKey,
  })
  return verdict.line === 'good' && verdict.at !== undefined ? { witness, line, at: verdict.at } : undefined
}

async function isOurs(work: Work, size: number, root: string): Promise<boolean> {
  const { ledger } = work.deps
  // Another server may have published it a moment ago; a head that went back is what the witness complains of.
  if (size > ledger.size()) await ledger.writing.refresh().catch(() => undefined)
  if (size > ledger.size()) return false
  const offered = await work.db
    .selectFrom('checkpoints')
    .select('root')
    .where('size', '=', String(size))
    .executeTakeFirst()
  // The files decide, not the row: they are what readers get.
  const real = await rootAt(join(work.deps.settings.dataFolder, 'ledger'), size, ledger.size())
  return real === root && (offered === undefined || offered.root === root)
}

async function disagree(work: Work, witness: WitnessRow, size: number, root: string): Promise<Later<void>> {
  if (witness.disagrees_size === null || Number(witness.disagrees_size) !== size) {
    await work.db
      .updateTable('witnesses')
      .set({ disagrees_since: witness.disagrees_since ?? work.now, disagrees_size: size })
      .where('id', '=', witness.id)
      .execute()
    for (const engagementId of await engagementsAsking(work.db, witness.id))
      work.record({
        kind: 'witness.disagreed',
        engagementId,
        subject: witness.id,
        role: 'system',
        audience: 'parties',
        facts: { size, root, ourSize: work.deps.ledger.size(), ourRoot: work.deps.ledger.root() },
      })
  }
  return {
    later: () =>
      Promise.reject(
        new Problem(
          'conflict',
          say(
            '副署的树与本账本不一致，已记录在案',
            'the tree that was cosigned is not this ledger’s; that is now on record',
          ),
          { rule: 'WITNESS-9' },
        ),
      ),
  }
}
