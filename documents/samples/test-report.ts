import { type Locale, type Severity, severities } from '../models/common.ts'
import type { ReportFinding, TestReportModel } from '../models/test-report.ts'
import { figure, sheet } from './sheet.ts'

type Kind = {
  readonly weakness: { id: string; name: string }
  readonly title: string
  readonly severity: Severity
  readonly vector: string
  readonly score: number
}

const kinds = (say: (zh: string, en: string) => string): readonly Kind[] => [
  {
    weakness: { id: 'CWE-89', name: say('SQL 注入', 'SQL injection') },
    title: say('商品搜索接口存在 SQL 注入，可读取全部订单', 'SQL injection in the product search reads all orders'),
    severity: 'critical',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    score: 9.8,
  },
  {
    weakness: {
      id: 'CWE-639',
      name: say('越权访问（用户可控键）', 'Authorization bypass through user-controlled key'),
    },
    title: say('订单详情接口可读取他人订单', 'Order details of other users can be read'),
    severity: 'high',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N',
    score: 7.1,
  },
  {
    weakness: { id: 'CWE-22', name: say('路径遍历', 'Path traversal') },
    title: say('发票下载接口路径遍历', 'Path traversal in the invoice download'),
    severity: 'high',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:U/C:H/I:N/A:N',
    score: 7.7,
  },
  {
    weakness: { id: 'CWE-79', name: say('跨站脚本', 'Cross-site scripting') },
    title: say('商品评论存储型跨站脚本', 'Stored cross-site scripting in product comments'),
    severity: 'medium',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:L/UI:R/S:C/C:L/I:L/A:N',
    score: 5.4,
  },
  {
    weakness: { id: 'CWE-601', name: say('开放重定向', 'Open redirect') },
    title: say('登录后跳转地址未校验', 'Redirect target after sign-in is not checked'),
    severity: 'low',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:N/A:N',
    score: 3.4,
  },
  {
    weakness: { id: 'CWE-200', name: say('信息泄露', 'Exposure of sensitive information') },
    title: say('响应头泄露框架版本', 'Response header tells the framework version'),
    severity: 'info',
    vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N',
    score: 0,
  },
]

const hosts = ['www.shop.example', 'api.shop.example', 'admin.shop.example']
const dayOf = (index: number): number => 2 + ((index * 5) % 14)
const two = (value: number): string => String(value).padStart(2, '0')

function finding(index: number, kind: Kind, locale: Locale): ReportFinding {
  const chinese = locale === 'zh-CN'
  const host = hosts[index % hosts.length] ?? ''
  const day = two(dayOf(index))
  const request = [
    `GET /v2/search?q=%27%20OR%20${index + 1}%3D${index + 1}--&page=1&size=20&sort=price HTTP/1.1`,
    `Host: ${host}`,
    'User-Agent: curl/8.11.0',
    'Accept: application/json',
    '',
    '{"total": 51234, "items": [{"id": 10001, "phone": "139****0001"}]}',
  ].join('\n')
  return {
    number: `F-${String(index + 1).padStart(4, '0')}`,
    title: kind.title,
    asset: host,
    weakness: kind.weakness,
    cvss: { version: '3.1', vector: kind.vector, score: kind.score },
    severity: kind.severity,
    state: ['confirmed', 'fixed', 'remediation', 'risk_accepted'][index % 4] ?? 'confirmed',
    tester: chinese ? (index % 2 === 0 ? '赵一鸣' : '陈思远') : index % 2 === 0 ? 'Zhao Yiming' : 'Chen Siyuan',
    submittedAt: `2026-11-${day}T0${(index % 6) + 2}:14:09.000Z`,
    descriptionMarkdown: chinese
      ? `接口 \`/v2/search\` 将参数 \`q\` **直接拼接**进查询语句，未使用参数化查询。构造的输入可改变语句含义：\n\n\`\`\`http\n${request}\n\`\`\`\n\n响应返回了本不属于当前会话的记录，且与输入中的恒真条件一致。`
      : `The endpoint \`/v2/search\` puts the parameter \`q\` **straight into** the query instead of binding it. A crafted value changes the statement:\n\n\`\`\`http\n${request}\n\`\`\`\n\nThe answer holds records that do not belong to the session, as the always-true condition suggests.`,
    stepsMarkdown: chinese
      ? '1. 以普通账号登录；\n2. 发送上述请求，记录返回的 `total`；\n3. 将条件改为恒假，比较 `total` 的变化：\n   - 恒真：51,234\n   - 恒假：0'
      : '1. Sign in as an ordinary user.\n2. Send the request above and note `total`.\n3. Make the condition false and compare `total`:\n   - true: 51,234\n   - false: 0',
    impactMarkdown: chinese
      ? '攻击者无需登录即可读取订单与联系方式。涉及的数据类别：\n\n| 数据 | 是否敏感 | 估计条数 |\n| --- | --- | --- |\n| 订单 | 是 | 51,234 |\n| 手机号 | 是 | 48,900 |'
      : 'An attacker reads orders and contact data without signing in. Data concerned:\n\n| Data | Sensitive | Estimated records |\n| --- | --- | --- |\n| Orders | yes | 51,234 |\n| Telephone numbers | yes | 48,900 |',
    repairMarkdown: chinese
      ? '使用参数化查询，并为搜索账号收回 `orders` 表的读权限。'
      : 'Bind parameters, and take read access to `orders` away from the search account.',
    exchanges: [0, 1].map((step) => ({
      id: `ex_${index}_${step}`,
      at: `2026-11-${day}T0${(index % 6) + 1}:3${step}:22.118Z`,
      method: step === 0 ? 'GET' : 'POST',
      host,
      path:
        step === 0 ? `/v2/search?q=%27%20OR%20${index + 1}%3D${index + 1}--&page=1&size=20&sort=price` : '/v2/login',
      status: step === 0 ? 200 : 302,
      digest: `${index.toString(16).padStart(4, '0')}9d4c1e7b05a2f8${step}36e0b7a91c4f35d0b5e7d1a4c93f2e86d70b1a95c3e4f8`,
    })),
    attachments:
      index === 0
        ? [{ name: chinese ? '响应截图.png' : 'answer.png', size: 183_204, sha256: '9d4c1e7b05a2f836'.repeat(4) }]
        : [],
  }
}

const tally = (names: readonly string[]): [string, number][] => {
  const counts = new Map<string, number>()
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts].sort(([, one], [, other]) => other - one)
}

/** The crowd-test report of the sample engagement with as many findings as asked for. */
export function sampleTestReport(locale: Locale, count = 9): TestReportModel {
  const chinese = locale === 'zh-CN'
  const say = (zh: string, en: string): string => (chinese ? zh : en)
  const all = kinds(say)
  const findings = Array.from({ length: count }, (_, index) =>
    finding(index, all[(index * 7) % all.length] ?? (all[0] as Kind), locale),
  )
  const at = 'ledger ≤ 184233'
  const from = (what: string): string => `findings: count by ${what}, state ≥ passed, engagement ENG-2026-0042, ${at}`
  const traffic = (what: string, value: number) =>
    figure(value, `recorder index: count of exchanges by ${what}, ENG-2026-0042, sequence ≤ 918221`)
  const authorized = { from: '2026-11-02T01:00:00.000Z', to: '2026-11-16T10:00:00.000Z' }
  const roster = [say('赵一鸣', 'Zhao Yiming'), say('陈思远', 'Chen Siyuan')]
  return {
    ...sheet(locale, 'TR-2026-0042-1'),
    kind: 'test-report',
    demandSide: say('云杉商城科技有限公司', 'Yunshan Shop Technology Ltd'),
    organizer: say('衡信安全测试中心', 'Hengxin Security Testing Centre'),
    authorizationLetter: 'AUTH-2026-0042-1',
    objects: hosts.map((host, index) => ({
      asset: host,
      type: say('Web 应用', 'web application'),
      version: `4.${index}.12`,
      environment: index === 2 ? say('预发布', 'staging') : say('生产', 'production'),
      scopeLine: '*.shop.example',
      exchanges: traffic('host', 21_400 + index * 1_213),
      findings: figure(findings.filter((one) => one.asset === host).length, from('asset')),
      reached: { from: `2026-11-02T0${index + 1}:04:31.000Z`, to: '2026-11-16T09:41:10.000Z' },
    })),
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
    },
    testers: roster.map((name, index) => ({
      name,
      organization: index === 0 ? say('个人', 'individual') : say('蓝鲸安全实验室', 'Blue Whale Lab'),
      identity: say('二级核验', 'level 2') + ` IDV-2026-11${index}`,
      grade: index === 0 ? 'A' : 'B',
      granted: authorized,
      exchanges: traffic('lease', 30_120 - index * 4_310),
      findings: figure(findings.filter((one) => one.tester === name).length, from('tester')),
    })),
    overall: {
      counts: [
        { name: say('确认的漏洞', 'Confirmed findings'), count: figure(findings.length, from('state')) },
        {
          name: say('其中超危与高危', 'of these critical or high'),
          count: figure(
            findings.filter((one) => one.severity === 'critical' || one.severity === 'high').length,
            from('severity'),
          ),
        },
        { name: say('记录的交互', 'Recorded exchanges'), count: traffic('engagement', 67_839) },
        {
          name: say('网关拒绝', 'Refused by the gateway'),
          count: figure(212, `recorder index: kind = refusal, ENG-2026-0042, sequence ≤ 918221`),
        },
      ],
      narrativeMarkdown: say(
        '测试对象整体安全状况为**中等偏弱**。主要风险集中在数据访问层：\n\n- 查询拼接导致的注入可直接读取订单；\n- 对象级权限校验在多个接口缺失。\n\n未发现可直接取得服务器控制权的漏洞。测试期间业务监测无异常。',
        'The objects as a whole are **moderately weak**. The risk lies in the data layer:\n\n- injection through concatenated queries reads orders directly;\n- several endpoints do not check rights on the object.\n\nNothing that gives control of a server was found. Business monitoring saw nothing unusual during the test.',
      ),
    },
    distribution: {
      bySeverity: severities.map((severity) => ({
        severity,
        count: figure(findings.filter((one) => one.severity === severity).length, from('severity')),
      })),
      byWeakness: tally(findings.map((one) => `${one.weakness.id} ${one.weakness.name}`)).map(([name, value]) => ({
        name,
        count: figure(value, from('weakness')),
      })),
      byAsset: tally(findings.map((one) => one.asset)).map(([name, value]) => ({
        name,
        count: figure(value, from('asset')),
      })),
      byState: tally(findings.map((one) => one.state)).map(([state, value]) => ({
        state,
        count: figure(value, from('state')),
      })),
      perDay: Array.from({ length: 15 }, (_, day) => ({
        day: `2026-11-${two(day + 2)}`,
        count: figure(
          findings.filter((one) => one.submittedAt.startsWith(`2026-11-${two(day + 2)}`)).length,
          from('day of submission, Asia/Shanghai'),
        ),
      })),
      analysisMarkdown: say(
        '超危与高危漏洞主要来自同一类编码习惯：在业务代码内拼接语句与路径。修复公共数据访问组件后，预计可一次消除大部分同类问题。',
        'Most critical and high findings come from one habit: statements and paths put together in business code. A repair of the shared data access component should remove most of them at once.',
      ),
    },
    findings,
    repairs: all.slice(0, 4).flatMap((kind) => {
      const concerned = findings.filter((one) => one.weakness.id === kind.weakness.id).map((one) => one.number)
      return concerned.length === 0
        ? []
        : [
            {
              findings: concerned.slice(0, 12),
              suggestionMarkdown: say(
                `针对 **${kind.weakness.name}**：在公共组件内统一校验与参数化，禁止在业务代码中拼接；增加对应的单元测试与代码扫描规则。`,
                `For **${kind.weakness.name}**: check and bind in the shared component, forbid concatenation in business code, add unit tests and a scanner rule.`,
              ),
              verification: say(
                '重放引用的请求，应返回 400 或空结果，且数据库慢日志无异常语句。',
                'Replay the cited requests: the answer is 400 or empty, and the slow log shows no odd statement.',
              ),
            },
          ]
    }),
    protections: [
      {
        title: say('为数据库账号实行最小权限', 'Least privilege for database accounts'),
        adviceMarkdown: say(
          '搜索、订单与后台使用不同账号，只授予必要的表与列。',
          'Give search, orders and administration an account each, with the tables and columns they need.',
        ),
        findings: findings.slice(0, 2).map((one) => one.number),
      },
      {
        title: say('建立对象级权限的统一中间层', 'One layer for rights on objects'),
        adviceMarkdown: say(
          '所有读取单个对象的接口经由统一的授权查询，找不到与无权限返回相同结果。',
          'Every endpoint that reads one object goes through one authorised lookup; absent and forbidden answer alike.',
        ),
        findings: findings.slice(2, 4).map((one) => one.number),
      },
    ],
  }
}
