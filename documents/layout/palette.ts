import type { Severity } from '../models/common.ts'
import { say, type Text } from '@zhongheng/domain/shared/problem.ts'

/** One word and one colour per severity, as on the screens; white text on each has contrast of at least 4.5. */
export const severityPrint: { readonly [severity in Severity]: { readonly word: Text; readonly color: string } } = {
  critical: { word: say('超危', 'Critical'), color: '#8E1B3A' },
  high: { word: say('高危', 'High'), color: '#C62828' },
  medium: { word: say('中危', 'Medium'), color: '#B45309' },
  low: { word: say('低危', 'Low'), color: '#1D6FB8' },
  info: { word: say('提示', 'Info'), color: '#5B6470' },
}

/** Words for the states a finding can be in; a state without a word is printed as it is. */
export const stateWords: ReadonlyMap<string, Text> = new Map([
  ['submitted', say('新提交', 'Submitted')],
  ['initial_review', say('初审中', 'In first review')],
  ['passed', say('初审通过', 'Passed first review')],
  ['returned', say('待补充', 'Returned')],
  ['invalid', say('无效', 'Invalid')],
  ['out_of_scope', say('超出范围', 'Out of scope')],
  ['duplicate', say('重复', 'Duplicate')],
  ['demand_review', say('待需求方确认', 'With demand side')],
  ['confirmed', say('已确认', 'Confirmed')],
  ['disputed', say('有争议', 'Disputed')],
  ['rejected_by_demand', say('需求方不认可', 'Rejected by demand side')],
  ['remediation', say('修复中', 'In remediation')],
  ['retest', say('复测中', 'In retest')],
  ['fixed', say('已修复', 'Fixed')],
  ['risk_accepted', say('接受风险', 'Risk accepted')],
  ['closed', say('已关闭', 'Closed')],
])

export const accent = '#1F3A5F'
