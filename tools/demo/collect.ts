import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildVerifier, verifierFiles } from '../build-verifier.ts'
import { signInAll } from './cast.ts'
import type { Stage } from './play.ts'

export type Summary = {
  readonly engagement: string
  readonly state: string
  readonly exchanges: number
  readonly refusals: number
  readonly findings: { readonly [severity: string]: number }
  readonly ledgerEntries: number
  readonly root: string
  readonly files: readonly string[]
}

/** Downloads letter, both reports and the evidence pack as their readers would, and counts what happened. */
export async function collect(stage: Stage, engagementId: string, out: string): Promise<Summary> {
  const { demand, auditor } = await signInAll(stage.base, stage.dataFolder)
  const params = { engagementId }
  const files: string[] = []
  const keep = async (name: string, bytes: Buffer): Promise<void> => {
    await writeFile(join(out, name), bytes)
    files.push(name)
  }
  const { letters } = await demand.call('GET /api/engagements/:engagementId/letters', { params })
  const letter = letters[0]
  if (!letter) throw new Error('the engagement has no authorisation letter')
  const letterParams = { engagementId, letterId: letter.letterId }
  await keep(
    'authorization-letter.pdf',
    await demand.file('GET /api/engagements/:engagementId/letters/:letterId/file.pdf', { params: letterParams }),
  )
  await keep(
    'authorization-letter.docx',
    await demand.file('GET /api/engagements/:engagementId/letters/:letterId/file.docx', { params: letterParams }),
  )
  const { reports } = await demand.call('GET /api/engagements/:engagementId/reports', { params })
  for (const kind of ['test', 'audit'] as const) {
    const report = reports.find((one) => one.kind === kind && one.state === 'signed')
    if (!report) throw new Error(`there is no signed ${kind} report`)
    const reportParams = { engagementId, reportId: report.reportId }
    await keep(
      `${kind}-report.pdf`,
      await demand.file('GET /api/engagements/:engagementId/reports/:reportId/file.pdf', { params: reportParams }),
    )
    await keep(
      `${kind}-report.docx`,
      await demand.file('GET /api/engagements/:engagementId/reports/:reportId/file.docx', { params: reportParams }),
    )
  }
  await keep('evidence.zip', await auditor.file('GET /api/engagements/:engagementId/evidence.zip', { params }))
  // Who receives the pack gets the means to check it with the same hand-over.
  await buildVerifier(out)
  files.push(...verifierFiles)
  const page = await auditor.call('GET /api/engagements/:engagementId', { params })
  const { findings } = await auditor.call('GET /api/findings', { query: { engagementId, limit: 200 } })
  const ledger = await auditor.call('GET /api/ledger', {})
  const bySeverity: { [severity: string]: number } = { critical: 0, high: 0, medium: 0, low: 0, info: 0 }
  for (const finding of findings) bySeverity[finding.severity] = (bySeverity[finding.severity] ?? 0) + 1
  return {
    engagement: page.number,
    state: page.state,
    exchanges: page.counts.exchanges,
    refusals: page.counts.refusals,
    findings: bySeverity,
    ledgerEntries: ledger.size,
    root: ledger.root,
    files,
  }
}
