import { type FieldFault, type Text, say } from '../shared/problem.ts'
import type { FindingInput, FindingMove, FindingNeed } from './finding-move.ts'
import type { JudgedFinding } from './guards.ts'
import { severityNames } from './severity.ts'

const shortestReason = 10
const longestReason = 4000
const shortestCitation = 2
const longestCitation = 300
const retestOutcomes: readonly unknown[] = ['not_reproducible', 'still_there', 'cannot_test']

/** Every field of the input that the move lacks, cannot take, or did not ask for. */
export function faultsOf(finding: JudgedFinding, move: FindingMove, input: FindingInput): FieldFault[] {
  const faults: FieldFault[] = []
  const fault = (field: FindingNeed, limit: Text, fix: Text) => faults.push({ field: `body.${field}`, limit, fix })
  const asks = (need: FindingNeed): boolean => move.needs.includes(need)

  const reason = input.reason?.trim() ?? ''
  if ((asks('reason') && reason.length < shortestReason) || reason.length > longestReason)
    fault(
      'reason',
      say(`${shortestReason} 至 ${longestReason} 字`, `${shortestReason} to ${longestReason} characters`),
      say('写明依据', 'say why'),
    )
  const cites = input.cites?.trim() ?? ''
  if ((asks('cites') && cites.length < shortestCitation) || cites.length > longestCitation)
    fault(
      'cites',
      say(
        '须注明引用的范围条目、规则或证据，不超过 300 字',
        'names the scope line, rule or evidence it rests on, up to 300 characters',
      ),
      say('填写引用', 'fill in what it cites'),
    )
  const codes = move.codes.map((one) => one.value)
  if (input.reasonCode ? !codes.includes(input.reasonCode) : asks('reasonCode'))
    fault(
      'reasonCode',
      say(`只能是：${codes.join('、')}`, `one of: ${codes.join(', ')}`),
      say('选择原因', 'choose a reason'),
    )
  const outcome = input.retestOutcome
  if (asks('severity') && !severityNames.some((one) => one === input.severity))
    fault(
      'severity',
      say(`须给出等级：${severityNames.join('、')}`, `a severity is needed: ${severityNames.join(', ')}`),
      say('选择等级', 'choose a severity'),
    )
  if (asks('retestOutcome') && !retestOutcomes.includes(outcome))
    fault('retestOutcome', say('须给出复测结果', 'an outcome is needed'), say('选择结果', 'choose an outcome'))
  // A severity or an outcome where none is asked for would change what nobody decided.
  for (const need of ['severity', 'retestOutcome'] as const)
    if (!asks(need) && input[need] !== undefined)
      fault(need, say('此操作不需要该项', 'this move takes none'), say('去掉该项', 'leave it out'))
  if (asks('duplicateOf')) {
    const wrong = faultOfOriginal(finding, input.original)
    if (wrong) fault('duplicateOf', wrong.limit, wrong.fix)
  } else if (input.original)
    fault('duplicateOf', say('此操作不需要该项', 'this move takes none'), say('去掉该项', 'leave it out'))
  return faults
}

function faultOfOriginal(
  finding: JudgedFinding,
  original: FindingInput['original'],
): { limit: Text; fix: Text } | undefined {
  if (!original || original.state === 'draft')
    return {
      limit: say('须指明同一项目中的另一个漏洞', 'names another finding of the same engagement'),
      fix: say('选择原漏洞', 'choose the original'),
    }
  if (original.submittedAt > finding.submittedAt)
    return {
      limit: say('原漏洞须更早提交', 'the original must be older'),
      fix: say('选择更早的漏洞', 'choose an older finding'),
    }
  if (original.state === 'duplicate')
    return {
      limit: say('原漏洞本身是重复项', 'the original is a duplicate itself'),
      fix: say('选择最初的漏洞', 'choose the first one'),
    }
  return undefined
}
