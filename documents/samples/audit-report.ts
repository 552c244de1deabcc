import type { AuditReportModel } from '../models/audit-report.ts'
import type { Locale } from '../models/common.ts'
import { figure, sheet } from './sheet.ts'

/** The audit report of the sample engagement. */
export function sampleAuditReport(locale: Locale): AuditReportModel {
  const say = (zh: string, en: string): string => (locale === 'zh-CN' ? zh : en)
  const authorized = { from: '2026-11-02T01:00:00.000Z', to: '2026-11-16T10:00:00.000Z' }
  const traffic = (what: string, value: number) =>
    figure(value, `recorder index: ${what}, ENG-2026-0042, sequence ≤ 918221`)
  const ledger = (what: string, value: number) => figure(value, `ledger: ${what}, ENG-2026-0042, position ≤ 184233`)
  const auditor = say('明镜审计事务所', 'Mingjing Audit Office')
  return {
    ...sheet(locale, 'AR-2026-0042-1'),
    kind: 'audit-report',
    organization: auditor,
    demandSide: say('云杉商城科技有限公司', 'Yunshan Shop Technology Ltd'),
    organizer: say('衡信安全测试中心', 'Hengxin Security Testing Centre'),
    auditor,
    mandate: {
      mode: 'third_party',
      appointedBy: say('云杉商城科技有限公司', 'Yunshan Shop Technology Ltd'),
      covers: ['testers', 'organizer', 'platform'],
    },
    scope: {
      versions: [1, 2, 3].map((version) => ({
        version,
        digest: `${version}b5e7d1a4c93f2e86d70b1a95c3e4f82d1670a9be3c5f4128d6e0b7a91c4f35d`,
        frozenAt: `2026-11-0${version}T02:00:00.000Z`,
        signedBy: [say('高志远', 'Gao Zhiyuan'), say('林婉清', 'Lin Wanqing')],
        change:
          version === 1
            ? say('初始版本', 'first version')
            : say('增加排除项 pay.shop.example', 'pay.shop.example excluded'),
        linesIn: ledger('scope.frozen, lines in', 4),
        linesOut: ledger('scope.frozen, lines out', version),
      })),
      refusedOutOfScope: traffic('kind = refusal, code OUT_OF_SCOPE', 187),
    },
    time: {
      authorized,
      active: { from: '2026-11-02T01:04:31.000Z', to: '2026-11-16T09:41:10.000Z' },
      pauses: [
        {
          from: '2026-11-07T06:10:00.000Z',
          to: '2026-11-07T08:00:00.000Z',
          by: say('周敏（需求方）', 'Zhou Min (demand side)'),
          reason: say('大促压测，暂停测试', 'load test before a sale'),
        },
      ],
      outsideWindow: traffic('exchanges outside the window', 0),
    },
    testers: [0, 1].map((index) => ({
      name: index === 0 ? say('赵一鸣', 'Zhao Yiming') : say('陈思远', 'Chen Siyuan'),
      organization: index === 0 ? say('个人', 'individual') : say('蓝鲸安全实验室', 'Blue Whale Lab'),
      identityLevel: say('二级', 'level 2'),
      leases: [
        { id: `LSE-0042-0${index + 1}`, span: authorized, state: 'revoked' },
        ...(index === 1
          ? [
              {
                id: 'LSE-0042-09',
                span: { from: '2026-11-09T01:00:00.000Z', to: '2026-11-10T01:00:00.000Z' },
                state: 'expired' as const,
              },
            ]
          : []),
      ],
      active: { from: `2026-11-0${index + 2}T01:04:31.000Z`, to: '2026-11-16T09:41:10.000Z' },
      exchanges: traffic('exchanges by lease', 38_120 - index * 8_310),
      refusals: traffic('refusals by lease', 201 - index * 190),
      findings: ledger('finding.submitted by tester', 5 - index),
    })),
    content: {
      sources: [
        {
          name: say('网关记录', 'gateway recordings'),
          coverage: say('全部租约，完整请求与响应', 'all leases, whole requests and responses'),
          gaps: say('无', 'none'),
        },
        {
          name: say('账本', 'ledger'),
          coverage: say('第 1 至 184,233 条', 'entries 1 to 184,233'),
          gaps: say('无', 'none'),
        },
        { name: say('审核决定', 'review decisions'), coverage: say('全部', 'all'), gaps: say('无', 'none') },
      ],
      ruleSet: 'zhongheng-conduct/2026-10 (B-01 … B-21)',
      counts: [
        { name: say('记录的交互', 'Recorded exchanges'), count: traffic('all exchanges', 67_839) },
        { name: say('网关拒绝', 'Refusals'), count: traffic('kind = refusal', 212) },
        { name: say('请求字节数', 'Request bytes'), count: traffic('sum of request bytes', 48_312_004) },
        { name: say('响应字节数', 'Response bytes'), count: traffic('sum of response bytes', 912_446_310) },
      ],
      refusalsByRule: [
        {
          rule: 'SCOPE-1',
          meaning: say('目标不在授权范围内', 'target is out of scope'),
          count: traffic('refusals by rule', 187),
        },
        {
          rule: 'TIME-1',
          meaning: say('不在授权时间内', 'outside the window'),
          count: traffic('refusals by rule', 14),
        },
        {
          rule: 'LEASE-2',
          meaning: say('租约已中止或撤销', 'lease suspended or revoked'),
          count: traffic('refusals by rule', 11),
        },
      ],
      sampling: {
        method: say(
          '按风险分层：超危与高危全检，其余随机抽取 30%',
          'by risk: every critical and high finding, 30 % of the rest at random',
        ),
        population: ledger('review decisions', 23),
        sampled: ledger('review decisions sampled', 11),
      },
      decisions: [
        {
          finding: 'F-0001',
          decision: say('通过', 'passed'),
          by: say('林婉清', 'Lin Wanqing'),
          at: '2026-11-03T06:01:00.000Z',
          result: 'agreed',
          note: say('已独立复现', 'reproduced independently'),
        },
        {
          finding: 'F-0006',
          decision: say('超出范围', 'out of scope'),
          by: say('林婉清', 'Lin Wanqing'),
          at: '2026-11-05T03:20:00.000Z',
          result: 'disagreed',
          note: say('依据的范围版本已被 v3 取代', 'the scope version cited had been replaced by v3'),
        },
      ],
      stopOrders: [
        {
          at: '2026-11-07T06:10:00.000Z',
          by: say('周敏（需求方）', 'Zhou Min (demand side)'),
          reason: say('大促压测，暂停测试', 'load test before a sale'),
          silentAfter: traffic('last exchange after stop order, ms', 412),
          resumedAt: '2026-11-07T08:00:00.000Z',
        },
      ],
      ledger: {
        entries: ledger('all entries', 184_233),
        verifiedAt: '2026-11-20T09:30:00.000Z',
        result: 'intact',
        note: say('以独立核验程序逐条核验', 'each entry verified with the independent verifier'),
      },
    },
    result: {
      opinion: 'conforming_with_findings',
      statementMarkdown: say(
        '本所对本次众测服务的**全过程**实施了审计。除下列发现外，服务过程符合授权书、测试规则与 GB/T 43741-2024 的要求；测试流量均有记录，账本完整。',
        'We audited the **whole** of this service. Apart from the findings below it followed the authorisation letter, the rules and GB/T 43741-2024. All test traffic is recorded and the ledger is intact.',
      ),
      findings: [
        {
          number: 'AF-1',
          weight: 'minor',
          clause: 'GBT43741-4.1-08',
          title: say(
            '一项“超出范围”决定引用了过期的范围版本',
            'One "out of scope" decision cites a replaced scope version',
          ),
          detailMarkdown: say(
            'F-0006 的决定引用 v2，而提交时 v3 已生效。建议重新审核，并在审核界面固定显示现行版本。',
            'The decision on F-0006 cites v2, though v3 was in force. Review it again, and show the current version on the review page.',
          ),
          owner: say('组织方', 'organizer'),
        },
      ],
      violations: [],
    },
    signatures: [
      {
        name: say('秦照', 'Qin Zhao'),
        organization: auditor,
        capacity: say('审计负责人', 'Lead auditor'),
        signedAt: '2026-11-20T09:59:30.000Z',
        keyFingerprint: 'SHA256:Yt5RkLw0PzXn8CvB2mQeJsHd7uGoA1i9FrTqEyWkU3M',
      },
    ],
  }
}
