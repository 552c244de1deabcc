import type { Post, Role } from '../access/actor.ts'
import { type Text, say } from '../shared/problem.ts'
import type { EngagementState } from './states.ts'

/** One field of a record form. `long` is a paragraph; `choice` one of `options`; `confirm` must be ticked. */
export type RecordField = {
  readonly name: string
  readonly label: Text
  readonly kind: 'line' | 'long' | 'choice' | 'confirm'
  readonly min?: number
  readonly max?: number
  readonly options?: readonly { readonly value: string; readonly label: Text }[]
}

export type RecordKindRule = {
  readonly title: Text
  /** Roles that write such a record; `signed` ones bind the organisation and need the post signatory. */
  readonly by: readonly Role[]
  readonly signed: boolean
  readonly states: readonly EngagementState[]
  /** How many may exist: one per role, one per person, or any number (a later one replaces an earlier one). */
  readonly one: 'role' | 'person' | 'latest'
  /** What the record speaks of: the scope version in force, so that a change of scope makes it stale. */
  readonly about?: 'scope_version'
  readonly fields: readonly RecordField[]
  /** Register rows that the record answers. */
  readonly clauses: readonly string[]
}

const preparing = ['draft', 'submitted', 'agreed', 'authorised', 'recruiting', 'ready'] as const
const running = ['testing', 'suspended'] as const

const line = (name: string, zh: string, en: string, max = 200, min = 2): RecordField => ({
  name,
  label: say(zh, en),
  kind: 'line',
  min,
  max,
})
const long = (name: string, zh: string, en: string, max = 4000, min = 10): RecordField => ({
  name,
  label: say(zh, en),
  kind: 'long',
  min,
  max,
})
const confirm = (name: string, zh: string, en: string): RecordField => ({ name, label: say(zh, en), kind: 'confirm' })
const choice = (name: string, zh: string, en: string, options: readonly [string, string, string][]): RecordField => ({
  name,
  label: say(zh, en),
  kind: 'choice',
  options: options.map(([value, labelZh, labelEn]) => ({ value, label: say(labelZh, labelEn) })),
})

/**
 * The written acts of an engagement: who writes them, when, what they say and which duty they answer. The guards of
 * `moves.ts` ask for them, the forms and the API come from here. Changing a field never changes an old record.
 */
export const recordKinds = {
  review: {
    title: say('需求合法合规审查', 'Legality review of the demand'),
    by: ['organizer'],
    signed: false,
    states: ['submitted'],
    one: 'person',
    fields: [
      choice('verdict', '结论', 'Verdict', [
        ['pass', '通过', 'Pass'],
        ['reject', '不通过', 'Reject'],
      ]),
      long('reason', '审查意见', 'Reasons'),
    ],
    clauses: ['GBT43741-5.1-09'],
  },
  service_agreement: {
    title: say('服务协议', 'Service agreement'),
    by: ['demand', 'organizer'],
    signed: true,
    states: ['submitted'],
    one: 'role',
    fields: [
      line('reference', '协议编号', 'Agreement reference'),
      confirm(
        'agreed',
        '我代表本单位同意协议所列权利与义务',
        'On behalf of my organisation I agree to the rights and duties of the agreement',
      ),
    ],
    clauses: ['GBT43741-5.1-06', 'GBT43741-4.2-02'],
  },
  nda: {
    title: say('保密约定', 'Confidentiality agreement'),
    by: ['demand', 'organizer', 'auditor'],
    signed: true,
    states: preparing,
    one: 'role',
    fields: [
      line('reference', '约定编号', 'Agreement reference'),
      confirm(
        'agreed',
        '我代表本单位承诺对测试对象、漏洞和流量保密',
        'On behalf of my organisation I promise to keep targets, findings and traffic secret',
      ),
    ],
    clauses: ['GBT43741-5.1-06', 'GBT43741-5.3-09'],
  },
  risk_notice: {
    title: say('风险告知确认', 'Acknowledgement of risks'),
    by: ['demand'],
    signed: true,
    states: preparing,
    one: 'latest',
    about: 'scope_version',
    fields: [
      confirm(
        'understood',
        '已知悉测试可能带来的风险及应对措施，并同意开展',
        'I know the risks of the test and the countermeasures, and consent',
      ),
    ],
    clauses: ['GBT43741-5.1-07'],
  },
  permit_run_service: {
    title: say('授权组织方开展服务', 'Permit: the organizer runs the service'),
    by: ['demand'],
    signed: true,
    states: ['agreed'],
    one: 'latest',
    about: 'scope_version',
    fields: [
      confirm(
        'granted',
        '授权组织方按所列范围、时间与规则组织众测',
        'The organizer is authorised to run the test in the scope, time and rules given',
      ),
    ],
    clauses: ['GBT43741-4.2-03', 'GBT43741-4.1-02'],
  },
  permit_admit_testers: {
    title: say('授权组织方引入测试方', 'Permit: the organizer admits testers'),
    by: ['demand'],
    signed: true,
    states: ['agreed'],
    one: 'latest',
    about: 'scope_version',
    fields: [
      confirm(
        'granted',
        '授权组织方引入符合要求的授权测试方',
        'The organizer is authorised to admit testers who meet the requirements',
      ),
    ],
    clauses: ['GBT43741-4.2-03', 'GBT43741-4.1-02'],
  },
  test_plan: {
    title: say('众测实施方案与发布内容', 'Test plan and what is published'),
    by: ['organizer'],
    signed: false,
    states: ['authorised', 'recruiting'],
    one: 'latest',
    fields: [
      long(
        'plan',
        '实施方案（进度、人员、接入方式、质量与风险控制）',
        'Plan (schedule, people, access, quality and risk control)',
      ),
      line(
        'announcement',
        '向测试方发布的简介（不含测试对象名称）',
        'What testers read before they are admitted (no target names)',
        400,
        10,
      ),
    ],
    clauses: ['GBT43741-5.1-10', 'GBT43741-4.2-04'],
  },
  plan_approval: {
    title: say('需求方批准实施方案与发布内容', 'Demand side approves plan and publication'),
    by: ['demand'],
    signed: true,
    states: ['authorised', 'recruiting'],
    one: 'latest',
    fields: [confirm('approved', '同意该方案与发布内容', 'I approve the plan and what is published')],
    clauses: ['GBT43741-5.1-10', 'GBT43741-4.2-04'],
  },
  readiness: {
    title: say('测试条件与备份确认', 'Test conditions and backup'),
    by: ['demand'],
    signed: false,
    states: preparing,
    one: 'latest',
    fields: [
      choice('environment', '环境', 'Environment', [
        ['prod', '生产环境', 'Production'],
        ['staging', '预发环境', 'Staging'],
        ['dedicated', '专用环境', 'Dedicated'],
      ]),
      line('contact', '紧急联系人与电话（24 小时）', 'Emergency contact and phone (24 h)'),
      confirm('backup', '已完成备份并验证可恢复', 'A backup exists and restores'),
      confirm('monitoring', '已告知监测与运维团队', 'Monitoring and operations are informed'),
    ],
    clauses: ['GBT43741-4.1-03', 'GBT43741-5.1-05'],
  },
  emergency_plan: {
    title: say('应急预案', 'Emergency plan'),
    by: ['organizer'],
    signed: false,
    states: preparing,
    one: 'latest',
    fields: [
      long('stop_procedure', '暂停与处置流程', 'How testing is stopped and handled'),
      line('escalation', '升级联系方式', 'Escalation contact'),
    ],
    clauses: ['GBT43741-5.1-05'],
  },
  audit_plan: {
    title: say('审计方案', 'Audit plan'),
    by: ['auditor'],
    signed: false,
    states: ['agreed', 'authorised', 'recruiting', 'ready'],
    one: 'latest',
    fields: [
      long('method', '审计方法与抽样', 'Method and sampling'),
      confirm(
        'sources_seen',
        '已确认可查看全部网关流量与平台日志',
        'Gateway traffic and platform logs were seen to be complete',
      ),
    ],
    clauses: ['GBT43741-5.1-17', 'GBT43741-4.1-13'],
  },
  resume_approval: {
    title: say('同意恢复测试', 'Approval to resume'),
    by: ['demand', 'organizer', 'auditor'],
    signed: false,
    states: ['suspended'],
    one: 'role',
    fields: [long('reason', '恢复依据', 'Why testing may go on')],
    clauses: ['GBT43741-5.2-05'],
  },
  incident: {
    title: say('安全事件报告', 'Incident report'),
    by: ['demand', 'organizer', 'tester', 'auditor'],
    signed: false,
    states: [...running, 'window_closed'],
    one: 'latest',
    fields: [long('what', '发生了什么、影响与已采取措施', 'What happened, its effect and what was done')],
    clauses: ['GBT43741-5.2-12'],
  },
  acceptance: {
    title: say('成果验收', 'Acceptance of the deliverables'),
    by: ['demand'],
    signed: true,
    states: ['delivered'],
    one: 'latest',
    fields: [long('opinion', '验收意见', 'Opinion')],
    clauses: ['GBT43741-5.3-02'],
  },
  artefact_declaration: {
    title: say('测试残留申报', 'Declaration of what testing left behind'),
    by: ['tester'],
    signed: false,
    states: ['window_closed', 'reporting', 'delivered', 'accepted', 'disposing', 'terminated'],
    one: 'person',
    fields: [
      long('left', '账号、文件、数据等残留（无则写明无）', 'Accounts, files, data left (say so if none)', 4000, 2),
    ],
    clauses: ['GBT43741-5.3-04'],
  },
  artefact_verification: {
    title: say('残留清理核验', 'Check that nothing is left'),
    by: ['demand'],
    signed: false,
    states: ['disposing', 'terminated'],
    one: 'latest',
    fields: [
      confirm('clean', '已核验残留清理完毕', 'Everything declared was seen to be removed'),
      line('note', '说明', 'Note'),
    ],
    clauses: ['GBT43741-5.3-04'],
  },
  disposal_certificate: {
    title: say('测试数据删除与处置证明', 'Certificate of data disposal'),
    by: ['organizer', 'tester', 'auditor'],
    signed: false,
    states: ['disposing', 'terminated'],
    one: 'person',
    fields: [
      confirm('deleted', '已删除留存的测试数据，承诺不再持有', 'Test data kept was deleted; none is held any more'),
      line('method', '处置方式', 'How it was done'),
    ],
    clauses: ['GBT43741-5.3-05', 'GBT43741-5.3-06'],
  },
  /** Written by the moves that need a reason; never a form of its own. */
  move_reason: {
    title: say('操作理由', 'Reason of a move'),
    by: [],
    signed: false,
    states: [],
    one: 'latest',
    fields: [line('move', '操作', 'Move', 40), long('reason', '理由', 'Reason', 2000)],
    clauses: ['GBT43741-4.2-08'],
  },
} as const satisfies Record<string, RecordKindRule>

export type RecordKind = keyof typeof recordKinds
export const isRecordKind = (text: string): text is RecordKind => Object.hasOwn(recordKinds, text)

/** Which posts may write a record of this kind. */
export const postsFor = (kind: RecordKind): readonly Post[] =>
  recordKinds[kind].signed ? ['signatory'] : ['signatory', 'member']
