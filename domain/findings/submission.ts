import type { EngagementState } from '../engagements/states.ts'
import { type FieldFault, Problem, type RuleId, type Text, say } from '../shared/problem.ts'
import { type Severity, scoreVector, severityWords } from './severity.ts'

/** Lengths in characters (UTF-16 units after trimming), both ends included. */
export const submissionLimits = {
  title: [4, 200],
  description: [10, 50_000],
  steps: [5, 50_000],
  impact: [5, 20_000],
  repair: [0, 20_000],
} as const
export const mostCitations = 50

/** States of the engagement in which findings are submitted. */
export const submittingStates: readonly EngagementState[] = ['testing', 'suspended', 'window_closed']

/** A recorded exchange that a submission cites, as the platform knows it; null when it does not exist for the tester. */
export type CitedRow = {
  readonly exchangeId: string
  readonly testerId: string
  readonly engagementId: string
  readonly kind: string
} | null

export type Submission = {
  readonly title: string
  readonly asset: string
  readonly cwe: string
  readonly cvssVector: string | null
  readonly severity: Severity
  readonly description: string
  readonly steps: string
  readonly impact: string
  readonly repair: string
}

/** What the platform knows about a submission's references. */
export type SubmissionContext = {
  readonly submitter: { readonly personId: string; readonly engagementId: string }
  /** The cited exchanges in the order given. */
  readonly cited: readonly CitedRow[]
  /** Assets of the scope version in force. */
  readonly assets: readonly string[]
  readonly isWeakness: (cwe: string) => boolean
}

/**
 * Judges a whole submission (GBT43741-5.2-06): form, weakness, severity, asset and citations.
 * @returns the severity that stands, and the score where a vector was given
 * @throws Problem malformed naming every field of wrong form at once (SUB-1), then ASSET-1, CITE-1, CITE-2, CITE-3 or
 *   CITE-4
 */
export function checkSubmission(
  given: Submission,
  context: SubmissionContext,
): { severity: Severity; score: number | null } {
  const faults: FieldFault[] = []
  for (const field of ['title', 'description', 'steps', 'impact', 'repair'] as const) {
    const [least, most] = submissionLimits[field]
    const length = given[field].trim().length
    if (length < least || length > most)
      faults.push({
        field: `body.${field}`,
        limit: say(`${least} 至 ${most} 字`, `${least} to ${most} characters`),
        fix: length < least ? say('写得更详细', 'say more') : say('精简内容', 'shorten it'),
      })
  }
  if (!context.isWeakness(given.cwe))
    faults.push({
      field: 'body.cwe',
      limit: say('须是漏洞类型目录中的一项', 'must be a kind of the weakness catalogue'),
      fix: say('从目录中选择', 'choose one from the catalogue'),
    })
  const [first] = faults
  if (first)
    throw new Problem('malformed', say(`${first.field}：${first.limit.zh}`, `${first.field}: ${first.limit.en}`), {
      rule: 'SUB-1',
      fields: faults,
    })
  const severity = checkSeverity(given)
  checkAsset(given.asset, context.assets)
  checkCitations(context.cited, context.submitter)
  return severity
}

/** A vector and a severity that contradict each other leave open what the tester means (YDT3744-5.3.4-02). */
function checkSeverity(given: Submission): { severity: Severity; score: number | null } {
  if (given.cvssVector === null) return { severity: given.severity, score: null }
  const scored = scoreVector(given.cvssVector, 'body.cvssVector')
  if (scored.severity !== given.severity)
    throw refuse(
      'SEV-1',
      'body.severity',
      say(
        `CVSS 分值 ${scored.score} 对应“${severityWords[scored.severity].zh}”`,
        `the CVSS score ${scored.score} means “${severityWords[scored.severity].en}”`,
      ),
      say('改为对应等级，或去掉向量', 'choose that severity or leave the vector out'),
    )
  return { severity: scored.severity, score: scored.score }
}

/**
 * The keystone: a finding cites own recorded traffic of the same engagement (GBT43741-5.2-06, GBT43741-4.1-12). An
 * exchange of somebody else is answered exactly like one that does not exist (CITE-1), so that ids tell nothing.
 * @throws Problem malformed CITE-1 foreign or absent, CITE-2 none, CITE-3 a refusal: nothing reached the target, CITE-4
 *   too many
 */
export function checkCitations(
  rows: readonly CitedRow[],
  submitter: { readonly personId: string; readonly engagementId: string },
): void {
  if (rows.length === 0)
    throw refuse(
      'CITE-2',
      'body.cites',
      say('至少引用一条自己的流量记录', 'cite at least one own recorded exchange'),
      say('在流量列表中选择', 'choose it in the traffic list'),
    )
  if (rows.length > mostCitations)
    throw refuse(
      'CITE-4',
      'body.cites',
      say(`至多引用 ${mostCitations} 条`, `at most ${mostCitations} exchanges`),
      say('只留能说明漏洞的记录', 'keep those that show the flaw'),
    )
  rows.forEach((row, at) => {
    if (!row || row.testerId !== submitter.personId || row.engagementId !== submitter.engagementId)
      throw refuse(
        'CITE-1',
        `body.cites.${at}`,
        say('没有这条流量记录', 'there is no such exchange among yours'),
        say('只能引用本人在本项目中的流量', 'cite your own traffic of this engagement'),
      )
    if (row.kind === 'refusal')
      throw refuse(
        'CITE-3',
        `body.cites.${at}`,
        say(
          '被网关拒绝的请求没有到达目标，不能作为证据',
          'a refused request never reached the target and proves nothing',
        ),
        say('引用已放行的请求', 'cite a request that passed'),
      )
  })
}

/** @throws Problem malformed ASSET-1, when the asset is not one of the scope version in force */
export function checkAsset(asset: string, assets: readonly string[]): void {
  if (!assets.includes(asset))
    throw refuse(
      'ASSET-1',
      'body.asset',
      say('须是当前授权范围中的对象', 'must be an asset of the scope in force'),
      say(`可选：${assets.slice(0, 8).join('、')}`, `one of: ${assets.slice(0, 8).join(', ')}`),
    )
}

const refuse = (rule: RuleId, field: string, limit: Text, fix: Text): Problem =>
  new Problem('malformed', say(`${field}：${limit.zh}。${fix.zh}`, `${field}: ${limit.en}. ${fix.en}`), {
    rule,
    fields: [{ field, limit, fix }],
  })
