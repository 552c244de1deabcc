import type { Readable } from 'node:stream'
import type { ScanPreview } from '@zhongheng/contracts/http/imports.ts'
import { judgeRow } from '@zhongheng/domain/imports/judge-row.ts'
import { type ScanRead, type ScanRefusal, rowFaults, scanRefusals } from '@zhongheng/domain/imports/scan.ts'
import { Problem, type Text, say } from '@zhongheng/domain/shared/problem.ts'
import { findWeakness } from '@zhongheng/registers/catalogues/weaknesses.ts'
import { ExaminerGaveUp } from '../../ports/examiner.ts'
import type { Deps } from '../../work/deps.ts'
import { type Work, inWork } from '../../work/work.ts'
import { type Aside, heldAside } from '../attachments/reads.ts'
import { type EngagementHandle, openEngagement, readScope } from '../engagements/reads.ts'

const refused = (limit: Text, fix: Text): Problem =>
  new Problem('refused', say(`${limit.zh}。${fix.zh}`, `${limit.en}. ${fix.en}`), {
    rule: 'IMPORT-1',
    fields: [{ field: 'file', limit, fix }],
  })

/**
 * Reads a scanner's file behind the examiner's walls and holds each result against the scope and the catalogue of weaknesses. The answer is
 * for its reader alone: drafts live where it is read, and only a submission with own recorded traffic makes a finding (GBT43741-5.2-06).
 * @throws Problem refused IMPORT-1 with what is wrong with the file, wrong_state SCOPE-0, too_large INPUT-6
 */
export async function previewScan(work: Work, engagement: EngagementHandle, file: Readable): Promise<ScanPreview> {
  const { deps, actor } = work
  return heldAside(work, engagement, file, async (aside) => {
    const read = await look(deps, aside)
    // The upload may have outlasted a transaction, a role and the scope: all are asked for anew.
    return inWork(deps, actor, async (again) =>
      judged(again, await openEngagement(again, engagement.id, 'finding.submit'), read, aside.sha256),
    )
  })
}

async function look(deps: Deps, aside: Aside): Promise<Extract<ScanRead, { verdict: 'read' }>> {
  const read = await deps.examiner.readScan(aside.bytes).catch((error: unknown) => {
    if (error instanceof ExaminerGaveUp)
      throw refused(
        say('无法在限度之内读取此文件', 'the file cannot be read within the limits of memory and time'),
        say('在扫描器中筛选或拆分后重试', 'filter or split it in the scanner and try again'),
      )
    throw error
  })
  if (read.verdict === 'refused') throw refused(limitOf(read.why, read.count), scanRefusals[read.why][1])
  return read
}

const limitOf = (why: ScanRefusal, count: number | null): Text => {
  const [text] = scanRefusals[why]
  return count === null ? text : say(`${text.zh}：共 ${count} 条`, `${text.en}: ${count}`)
}

async function judged(
  work: Work,
  engagement: EngagementHandle,
  read: Extract<ScanRead, { verdict: 'read' }>,
  sha256: string,
): Promise<ScanPreview> {
  const scope = await readScope(work.db, engagement.row, engagement.sealing)
  if (!scope) throw new Problem('wrong_state', say('尚无测试范围', 'there is no scope yet'), { rule: 'SCOPE-0' })
  const rows = read.rows.map((row) => judgeRow(scope.compiled, row, (cwe) => findWeakness(cwe) !== undefined))
  work.record({
    kind: 'scan.examined',
    engagementId: engagement.id,
    subject: null,
    role: engagement.role,
    audience: 'house',
    facts: {
      format: read.format,
      items: read.items,
      outside: rows.filter((row) => row.scope === 'out').length,
      digest: engagement.sealing.commit(sha256),
    },
  })
  return {
    format: read.format,
    items: read.items,
    rows: rows.map((row) => ({ ...row, places: [...row.places] })),
    left: read.left.map(({ item, why }) => ({ item, why: rowFaults[why] })),
    leftCount: read.leftCount,
  }
}
