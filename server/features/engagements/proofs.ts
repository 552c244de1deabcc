import { randomBytes } from 'node:crypto'
import type { ProofView } from '@zhongheng/contracts/http/engagements.ts'
import { days } from '@zhongheng/domain/shared/clock.ts'
import { Problem, type Text, badField, say } from '@zhongheng/domain/shared/problem.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { dnsName, filePath } from '../../ports/ownership.ts'
import type { SealPlace } from '../../sealing/seal.ts'
import type { Work } from '../../work/work.ts'
import { type EngagementHandle, ofEngagementRef } from './reads.ts'
import { readScope } from './scope-store.ts'

type ProofRow = Selectable<Database['ownership_proofs']>

/** A proof lasts 90 days, then the object counts as unproven again (GBT43741-5.1-02). */
const validFor = days(90)

export const proofRef = ofEngagementRef('ownership_proofs', 'ownership proof', 'update')

export async function listProofs(
  work: Work,
  engagement: EngagementHandle,
): Promise<{ proofs: ProofView[]; missing: string[] }> {
  const rows = await work.db
    .selectFrom('ownership_proofs')
    .selectAll()
    .where('engagement_id', '=', engagement.id)
    .orderBy('created_at', 'desc')
    .limit(1000)
    .execute()
  const objects = await objectsOf(work, engagement)
  const proofs = rows.map((row) => viewProof(row, work.now, engagement.sealing))
  const proven = new Set(proofs.filter((proof) => proof.state === 'proven').map((proof) => proof.object))
  return { proofs, missing: objects.filter((object) => !proven.has(object)) }
}

/** Objects of the scope in force and of a proposed change, which is approved only when its own are proven. */
async function objectsOf(work: Work, engagement: EngagementHandle): Promise<string[]> {
  const proposed = await work.db
    .selectFrom('scope_versions')
    .select('id')
    .where('engagement_id', '=', engagement.id)
    .where('state', '=', 'proposed')
    .execute()
  const objects = new Set<string>()
  for (const id of [engagement.row.scope_version_id, ...proposed.map((one) => one.id)]) {
    const scope = await readScope(work.db, { scope_version_id: id }, engagement.sealing)
    for (const object of scope?.objects ?? []) objects.add(object)
  }
  return [...objects]
}

export async function askProof(
  work: Work,
  engagement: EngagementHandle,
  object: string,
  method: 'dns' | 'file' | 'letter',
): Promise<ProofView> {
  const objects = await objectsOf(work, engagement)
  if (!objects.includes(object))
    throw badField(
      'body.object',
      say('须是测试范围中的对象', 'must be an object of the scope'),
      say(`可选：${objects.slice(0, 10).join('、')}`, `one of: ${objects.slice(0, 10).join(', ')}`),
    )
  if (method !== 'letter' && /^[\d.:/a-f-]+$/i.test(object) && !/[g-z]/i.test(object))
    throw badField(
      'body.method',
      say('地址段只能用盖章函件证明', 'an address range is proven by a signed letter'),
      say('改用 letter', 'use letter'),
    )
  const id = work.newId('proof')
  const row: ProofRow = {
    id,
    engagement_id: engagement.id,
    object,
    method,
    state: 'waiting',
    challenge: `zhongheng-proof=${randomBytes(20).toString('hex')}`,
    letter_reference: null,
    letter_digest: null,
    checked_at: null,
    check_result: null,
    expires_at: null,
    created_at: work.now,
    note: null,
  }
  await work.db
    .insertInto('ownership_proofs')
    .values({ ...row, check_result: 'null' })
    .execute()
  work.record({
    kind: 'proof.asked',
    engagementId: engagement.id,
    subject: id,
    role: engagement.role,
    audience: 'parties',
    facts: { method, object: engagement.sealing.commit(object) },
  })
  return viewProof(row, work.now, engagement.sealing)
}

/** Asks the verifier outside of any lock; the answer is kept either way. */
export async function checkProof(work: Work, engagement: EngagementHandle, proof: ProofRow): Promise<ProofView> {
  if (proof.method === 'letter')
    throw new Problem('wrong_state', say('函件由组织方确认，无需核对', 'a letter is confirmed by the organizer'), {
      rule: 'PROOF-1',
    })
  const found = await work.deps.ownership.check({
    object: proof.object,
    method: proof.method as 'dns' | 'file',
    challenge: proof.challenge,
  })
  return decide(work, engagement, proof, found.proven ? 'proven' : 'failed', found.result, 'proof.checked')
}

export async function giveLetter(
  work: Work,
  engagement: EngagementHandle,
  proof: ProofRow,
  letter: { reference: string; sha256: string },
): Promise<ProofView> {
  if (proof.method !== 'letter')
    throw new Problem('wrong_state', say('此证明不是函件方式', 'this proof is not by letter'), { rule: 'PROOF-1' })
  const changed = { letter_reference: letter.reference, letter_digest: letter.sha256 }
  await work.db.updateTable('ownership_proofs').set(changed).where('id', '=', proof.id).execute()
  work.record({
    kind: 'proof.letter_given',
    engagementId: engagement.id,
    subject: proof.id,
    role: engagement.role,
    audience: 'parties',
    facts: { sha256: letter.sha256 },
  })
  return viewProof({ ...proof, ...changed }, work.now, engagement.sealing)
}

export async function confirmLetter(
  work: Work,
  engagement: EngagementHandle,
  proof: ProofRow,
  verdict: 'proven' | 'failed',
  note: string,
): Promise<ProofView> {
  if (proof.method !== 'letter' || !proof.letter_digest)
    throw new Problem('wrong_state', say('需求方尚未提交函件', 'the demand side has not given a letter yet'), {
      rule: 'PROOF-2',
    })
  const sealed = engagement.sealing.sealToText(proofNoteAt(proof.id), note)
  await work.db.updateTable('ownership_proofs').set({ note: sealed }).where('id', '=', proof.id).execute()
  return decide(work, engagement, { ...proof, note: sealed }, verdict, letterJudged, 'proof.decided')
}

async function decide(
  work: Work,
  engagement: EngagementHandle,
  proof: ProofRow,
  state: 'proven' | 'failed',
  result: Text,
  kind: string,
): Promise<ProofView> {
  const changed = {
    state,
    checked_at: work.now,
    expires_at: state === 'proven' ? new Date(work.now.getTime() + validFor) : null,
  }
  await work.db
    .updateTable('ownership_proofs')
    .set({ ...changed, check_result: JSON.stringify(result) })
    .where('id', '=', proof.id)
    .execute()
  work.record({
    kind,
    engagementId: engagement.id,
    subject: proof.id,
    role: engagement.role,
    audience: 'parties',
    facts: { state, method: proof.method },
  })
  return viewProof({ ...proof, ...changed, check_result: result }, work.now, engagement.sealing)
}

/** Kept in the place of the organizer's words on a letter, which lie sealed beside it. */
export const letterJudged = say('组织方已核对函件', 'the organizer has looked at the letter')

export const proofNoteAt = (id: string): SealPlace => ({ table: 'ownership_proofs', column: 'note', row: id })

function resultOf(row: ProofRow, sealing: EngagementHandle['sealing']): Text | null {
  if (row.note === null) return row.check_result
  const note = sealing.openFromText(proofNoteAt(row.id), row.note)
  return say(`组织方：${note}`, `organizer: ${note}`)
}

function viewProof(row: ProofRow, now: Date, sealing: EngagementHandle['sealing']): ProofView {
  const result = resultOf(row, sealing)
  const expired = row.state === 'proven' && row.expires_at !== null && row.expires_at <= now
  return {
    proofId: row.id,
    object: row.object,
    method: row.method as ProofView['method'],
    state: expired ? 'expired' : (row.state as ProofView['state']),
    challenge: row.challenge,
    instruction: instructionOf(row),
    lastCheck: row.checked_at && result ? { at: row.checked_at.toISOString(), result } : null,
    expiresAt: row.expires_at?.toISOString() ?? null,
  }
}

function instructionOf(row: ProofRow): Text {
  if (row.method === 'dns')
    return say(
      `在 DNS 中添加 TXT 记录：${dnsName(row.object)} → ${row.challenge}`,
      `add a TXT record: ${dnsName(row.object)} → ${row.challenge}`,
    )
  if (row.method === 'file')
    return say(
      `在 http://${row.object}${filePath} 放置内容：${row.challenge}`,
      `serve this text at http://${row.object}${filePath}: ${row.challenge}`,
    )
  return say(
    '出具盖章函件并填写编号与文件 SHA-256，由组织方确认',
    'issue a signed letter, give its reference and SHA-256; the organizer confirms it',
  )
}
