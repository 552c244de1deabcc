import type { EngagementPage, EngagementRow, ScopeVersionView } from '@zhongheng/contracts/http/engagements.ts'
import type { EndpointKey, Reply } from '@zhongheng/contracts/http/index.ts'
import type { Me } from '@zhongheng/contracts/http/people.ts'
import type { ProblemBody } from '@zhongheng/contracts/http/shape.ts'

/** An invented installation in memory: enough to look at every screen. Never part of the build. */
type Role = Me['orgKind']
type Given = { params: Record<string, string>; query: URLSearchParams; body: Record<string, unknown>; me: Me }
type Handlers = { [K in EndpointKey]?: (given: Given) => Reply<K> | ProblemBody }

const id = (prefix: string, n: number): string => `${prefix}_${String(n).padStart(26, '0')}`
const digest = (n: number): string => n.toString(16).padStart(4, '0').repeat(16)
const say = (zh: string, en: string): { zh: string; en: string } => ({ zh, en })
const at = (days: number, hours = 0): string => new Date(Date.UTC(2026, 10, 20 + days, 1 + hours, 24, 9)).toISOString()

const names: Record<Role, [person: string, organisation: string]> = {
  demand: ['林晓', '海岳银行股份有限公司'],
  organizer: ['周衡', '众衡测试服务中心'],
  tester: ['陈默', '青锋安全研究组'],
  auditor: ['苏审言', '明鉴第三方审计事务所'],
}
const house: Record<Role, string[]> = {
  demand: [
    'members.read',
    'members.invite',
    'members.change',
    'organisations.read',
    'engagement.create',
    'ledger.read',
  ],
  organizer: [
    'members.read',
    'members.invite',
    'members.change',
    'organisations.read',
    'organisations.create',
    'testers.read',
    'testers.verify',
    'ledger.read',
  ],
  tester: ['members.read', 'testers.own', 'offers.read', 'ledger.read'],
  auditor: ['members.read', 'organisations.read', 'ledger.read'],
}
const meOf = (role: Role): Me => ({
  personId: id('per', 1),
  name: names[role][0],
  login: `${role}.demo`,
  orgId: id('org', 1),
  orgName: names[role][1],
  orgKind: role,
  posts: role === 'tester' ? ['member'] : ['system_admin', 'security_admin', 'audit_admin', 'signatory', 'member'],
  may: house[role],
  locale: 'zh-CN',
  demo: true,
  noticeDue: null,
})

const states: EngagementRow['state'][] = [
  'testing',
  'draft',
  'submitted',
  'recruiting',
  'reporting',
  'suspended',
  'closed',
  'terminated',
]
const titles = [
  '网上商城与支付接口众测（2026 年第四季度）',
  '开放平台接口安全众测',
  '手机银行 App 与后台管理系统',
  '供应链协同门户众测',
  '客户服务系统与智能客服机器人接口年度安全众测项目（含第三方组件）',
  '物流追踪平台',
  '会员积分系统',
  '旧版论坛下线前测试',
]
const rowOf = (n: number, role: Role): EngagementRow => ({
  engagementId: id('eng', n),
  number: `ZH-2026-${String(n + 1).padStart(4, '0')}`,
  title: titles[n] ?? '',
  state: states[n] ?? 'draft',
  myRole: role,
  demandName: names.demand[1],
  organizerName: names.organizer[1],
  auditorName: n === 1 ? null : names.auditor[1],
  windowOpens: n === 1 ? null : at(-3),
  windowCloses: n === 1 ? null : at(11, 9),
  updatedAt: at(0, -n),
})
const movesOf = (state: EngagementRow['state']): EngagementPage['moves'] => {
  if (state === 'testing') {
    return [
      { move: 'stop', title: say('下达停止令', 'Stop order'), to: 'suspended', reason: true, refused: null },
      {
        move: 'end_early',
        title: say('提前结束测试', 'End testing early'),
        to: 'window_closed',
        reason: true,
        refused: null,
      },
      { move: 'terminate', title: say('终止项目', 'Terminate'), to: 'terminated', reason: true, refused: null },
    ]
  }
  if (state === 'draft') {
    return [
      {
        move: 'submit',
        title: say('提交需求', 'Submit the demand'),
        to: 'submitted',
        reason: false,
        refused: {
          rule: 'GBT43741-5.1-03',
          why: say(
            '还有 1 个测试对象没有权属证明：pay.shop.example',
            'one object has no proof of ownership yet: pay.shop.example',
          ),
        },
      },
      { move: 'cancel', title: say('取消项目', 'Cancel'), to: 'cancelled', reason: true, refused: null },
    ]
  }
  if (state === 'recruiting') {
    return [
      {
        move: 'get_ready',
        title: say('核验启动条件', 'Check the start conditions'),
        to: 'ready',
        reason: false,
        refused: null,
      },
      { move: 'cancel', title: say('取消项目', 'Cancel'), to: 'cancelled', reason: true, refused: null },
    ]
  }
  return []
}
const allActions = [
  'engagement.read',
  'engagement.edit',
  'engagement.timeline',
  'scope.read',
  'scope.edit',
  'scope.answer',
  'scope.propose',
  'scope.approve',
  'proof.manage',
  'proof.confirm',
  'record.read',
  'record.write',
  'letter.read',
  'enrollment.list',
  'traffic.list',
  'captures.read',
  'finding.list',
  'report.read',
]
const pageOf = (n: number, role: Role): EngagementPage => ({
  ...rowOf(n, role),
  goals:
    '## 背景\n商城与支付接口将在第四季度改版上线，上线前希望由外部测试者检验。\n\n- 重点：**越权访问**、支付金额篡改、优惠券并发\n- 禁止：拒绝服务、社会工程、批量下载用户数据\n\n| 系统 | 关注 |\n| --- | --- |\n| 商城 | 注入、越权 |\n| 支付 | 逻辑 |\n',
  auditMode: 'third_party',
  dataLevel: 'important',
  environment: 'staging',
  demandOrgId: id('org', 1),
  organizerOrgId: id('org', 2),
  auditorOrgId: n === 1 ? null : id('org', 3),
  minGrade: 2,
  rewardTable: [
    { severity: 'critical', minFen: 800_000, maxFen: 2_000_000 },
    { severity: 'high', minFen: 300_000, maxFen: 800_000 },
    { severity: 'medium', minFen: 80_000, maxFen: 300_000 },
    { severity: 'low', minFen: 20_000, maxFen: 80_000 },
  ],
  budgetFen: 20_000_000,
  version: 7,
  stop:
    states[n] === 'suspended'
      ? { byRole: 'auditor', reason: '发现对生产数据库的批量读取，超出约定范围，先停止再核实。', at: at(0, -1) }
      : null,
  moves: movesOf(states[n] ?? 'draft'),
  may: allActions,
  counts:
    n === 1
      ? { findings: 0, exchanges: 0, refusals: 0, testers: 0 }
      : { findings: 23, exchanges: 18_452, refusals: 37, testers: 6 },
})

const scopeText = `# 商城\nallow https://shop.example:443/\nallow *.shop.example\nallow 203.0.113.0/28:443\ndeny https://shop.example/admin/export\ndeny pay-old.shop.example`
const scopeOf = (n: number, state: ScopeVersionView['state'], number: number): ScopeVersionView => ({
  scopeVersionId: id('scv', n * 10 + number),
  number,
  state,
  createdAt: at(-number * 2),
  createdBy: names.demand[0],
  effectiveAt: state === 'frozen' ? at(-3) : null,
  digest: digest(number * 77),
  text: scopeText,
  rules: [
    {
      rowId: 'r1',
      effect: 'allow',
      asset: 'https://shop.example:443/',
      text: '允许 https://shop.example:443 及其全部路径',
      handling: null,
    },
    {
      rowId: 'r2',
      effect: 'allow',
      asset: '*.shop.example',
      text: '允许 shop.example 的任意子域名，任意端口',
      handling: null,
    },
    {
      rowId: 'r3',
      effect: 'allow',
      asset: '203.0.113.0/28:443',
      text: '允许 203.0.113.0–203.0.113.15 的 443 端口',
      handling: null,
    },
    {
      rowId: 'r4',
      effect: 'deny',
      asset: 'https://shop.example/admin/export',
      text: '禁止 https://shop.example/admin/export 及其下路径',
      handling: null,
    },
    { rowId: 'r5', effect: 'deny', asset: 'pay-old.shop.example', text: '禁止 pay-old.shop.example', handling: null },
  ],
  questions:
    state === 'frozen'
      ? []
      : [
          {
            questionId: 'q1',
            rowId: 'r9',
            asset: 'pay.shop.example（除测试账户外）',
            effect: 'out',
            kind: 'condition',
            mayHideDenial: true,
            hasRules: false,
            why: say(
              '排除附有条件，网关无法判断。忽略它会让被禁止的流量通过',
              'the exclusion has a condition that a gateway cannot judge; ignoring it would let forbidden traffic pass',
            ),
            suggestion: [{ effect: 'out', asset: 'pay.shop.example' }],
          },
          {
            questionId: 'q2',
            rowId: 'r8',
            asset: '商城 iOS App（com.example.shop）',
            effect: 'in',
            kind: 'app',
            mayHideDenial: false,
            hasRules: false,
            why: say(
              '移动应用不能直接成为网关规则：请写明它访问的主机，或只写入授权书',
              'an app is no rule for the gateway: name the hosts it talks to, or put it into the letter only',
            ),
            suggestion: [],
          },
        ],
  letterLines: [{ effect: 'in', asset: '商城 Android App（com.example.shop）' }],
  hints: [
    {
      asset: '*.shop.example',
      text: say('通配符不包含 shop.example 本身', 'the wildcard does not cover shop.example itself'),
      suggestion: [{ effect: 'in', asset: 'shop.example' }],
    },
  ],
  approvals: state === 'proposed' ? ['demand'] : ['demand', 'organizer'],
})

const handlers: Handlers = {
  'GET /api/setup': () => ({ needed: true }),
  'POST /api/sign-in': ({ body }) =>
    body['password'] === 'wrong'
      ? {
          type: 'about:blank',
          title: 'unauthenticated',
          status: 401,
          code: 'unauthenticated',
          detail: '',
          text: say('登录名或密码不正确', 'Login name or password is wrong'),
          rule: 'LOGIN-2',
          fields: [],
        }
      : { waitsFor: null, me: meOf('demand') },
  'GET /api/sign-in': () => ({ passkeys: true, waitsFor: null, factors: [] }),
  'GET /api/me': ({ me }) => me,
  'PATCH /api/me': ({ me }) => me,
  'GET /api/home': ({ me }) => ({
    waiting:
      me.orgKind === 'tester'
        ? []
        : [
            {
              kind: 'finding',
              text: say('5 个漏洞等待确认', '5 findings wait to be confirmed'),
              engagementId: id('eng', 0),
              engagementTitle: titles[0] ?? '',
              href: `/engagements/${id('eng', 0)}`,
              since: at(0, -2),
            },
            {
              kind: 'scope',
              text: say('范围变更等待批准', 'A change of scope waits for approval'),
              engagementId: id('eng', 0),
              engagementTitle: titles[0] ?? '',
              href: `/engagements/${id('eng', 0)}/scope`,
              since: at(-1),
            },
            {
              kind: 'record',
              text: say(
                '确认风险告知，签署两项授权并签发授权书',
                'Acknowledge the risks, sign both permits and authorise',
              ),
              engagementId: id('eng', 2),
              engagementTitle: titles[2] ?? '',
              href: `/engagements/${id('eng', 2)}/records`,
              since: at(-2),
            },
          ],
  }),
  'GET /api/members': () => ({
    members: [
      {
        personId: id('per', 1),
        name: '林晓',
        login: 'lin.xiao',
        posts: ['system_admin', 'security_admin', 'audit_admin', 'signatory', 'member'],
        state: 'active',
        createdAt: at(-90),
        postEnds: {},
        jurisdiction: null,
        lastSeenAt: at(0),
        version: 1,
      },
      {
        personId: id('per', 2),
        name: '王立',
        login: 'wang.li',
        posts: ['member'],
        state: 'active',
        createdAt: at(-60),
        postEnds: {},
        jurisdiction: null,
        lastSeenAt: null,
        version: 1,
      },
      {
        personId: id('per', 3),
        name: '赵敏',
        login: 'zhao.min',
        posts: ['signatory'],
        state: 'removed',
        createdAt: at(-60),
        postEnds: {},
        jurisdiction: null,
        lastSeenAt: at(-30),
        version: 3,
      },
    ],
    invitations: [
      {
        invitationId: id('inv', 1),
        name: '孙工',
        posts: ['member'],
        createdAt: at(-1),
        expiresAt: at(600),
        acceptedAt: null,
        endedAt: null,
      },
      {
        invitationId: id('inv', 2),
        name: '王立',
        posts: ['member'],
        createdAt: at(-60),
        expiresAt: at(-53),
        acceptedAt: at(-60),
        endedAt: null,
      },
    ],
  }),
  'PATCH /api/members/:personId': () => ({
    personId: id('per', 2),
    name: '王立',
    login: 'wang.li',
    posts: ['member'],
    state: 'active',
    createdAt: at(-60),
    postEnds: {},
    jurisdiction: null,
    lastSeenAt: null,
    version: 2,
  }),
  'POST /api/invitations': ({ body }) => ({
    invitation: {
      invitationId: id('inv', 3),
      name: String(body['name']),
      posts: ['member'],
      createdAt: at(0),
      expiresAt: at(7),
      acceptedAt: null,
      endedAt: null,
    },
    link: 'http://127.0.0.1:4173/invitations/accept#token=mXh2kq9wTz4bL8sVd0RyPgEa6nUoJcFi1HtQvB3-_KM',
  }),
  'GET /api/organisations': ({ query }) => ({
    organisations: (['demand', 'organizer', 'auditor', 'tester'] as const)
      .filter((kind) => query.get('kind') === null || query.get('kind') === kind)
      .map((kind, n) => ({
        orgId: id('org', n + 1),
        name: names[kind][1],
        kind,
        keyFingerprint: `SHA256:${digest(n + 9).slice(0, 40)}`,
        jurisdiction: 'CN',
        jurisdictionStatedAt: n === 3 ? null : at(-90),
        version: 1,
      })),
  }),
  'GET /api/engagements': ({ query, me }) => ({
    engagements: states
      .map((_state, n) => rowOf(n, me.orgKind))
      .filter((row) => me.orgKind !== 'tester' || row.state === 'testing')
      .filter((row) => query.get('state') === null || row.state === query.get('state'))
      .filter((row) => `${row.number} ${row.title}`.includes(query.get('search') ?? '')),
    next: null,
  }),
  'POST /api/engagements': ({ me }) => pageOf(1, me.orgKind),
  'GET /api/engagements/:engagementId': ({ params, me }) =>
    pageOf(Number(params['engagementId']?.slice(-4)), me.orgKind),
  'PATCH /api/engagements/:engagementId': ({ me }) => pageOf(1, me.orgKind),
  'POST /api/engagements/:engagementId/moves': () => ({
    type: 'about:blank',
    title: 'wrong_state',
    status: 409,
    code: 'wrong_state',
    detail: '',
    text: say('项目已被他人更新，请刷新后重试', 'the engagement changed meanwhile; look again and retry'),
    rule: 'VERSION-1',
    fields: [],
  }),
  'GET /api/engagements/:engagementId/scope': ({ params }) => {
    const draft = params['engagementId']?.endsWith('1')
    return {
      versions: draft ? [scopeOf(1, 'draft', 1)] : [scopeOf(0, 'proposed', 2), scopeOf(0, 'frozen', 1)],
      inForce: draft ? null : id('scv', 1),
      assets: ['shop.example', '*.shop.example', '203.0.113.0/28'],
    }
  },
  'PUT /api/engagements/:engagementId/scope': () => scopeOf(1, 'draft', 1),
  'POST /api/engagements/:engagementId/scope/answers': () => scopeOf(1, 'draft', 1),
  'POST /api/engagements/:engagementId/scope/probe': ({ body }) =>
    String(body['url']).includes('admin')
      ? {
          verdict: 'deny',
          rule: 'SCOPE-3',
          why: say('排除规则比允许规则更具体', 'the exclusion is more specific than the permission'),
          row: { rowId: 'r4', asset: 'https://shop.example/admin/export' },
          canonical: 'https://shop.example:443/admin/export',
        }
      : {
          verdict: 'allow',
          rule: 'SCOPE-1',
          why: say('在允许范围内', 'it is inside the scope'),
          row: { rowId: 'r2', asset: '*.shop.example' },
          canonical: 'https://api.shop.example:443/',
        },
  'GET /api/engagements/:engagementId/proofs': () => ({
    proofs: [
      {
        proofId: id('prf', 1),
        object: 'shop.example',
        method: 'dns',
        state: 'waiting',
        challenge: 'zhongheng-proof=4f9a7c2e81b34d60',
        instruction: say(
          '在 shop.example 下添加 TXT 记录 _zhongheng，内容为验证值，然后点击“立即检查”。',
          'Add a TXT record _zhongheng under shop.example with the challenge, then press “Check now”.',
        ),
        lastCheck: { at: at(0, -1), result: say('没有查到记录', 'the record was not found') },
        expiresAt: null,
      },
      {
        proofId: id('prf', 2),
        object: '203.0.113.0/28',
        method: 'letter',
        state: 'waiting',
        challenge: '7b1f',
        instruction: say(
          '请提交由网络所有者签章的函件，写明验证值 7b1f。',
          'Hand in a letter signed by the owner of the network that quotes 7b1f.',
        ),
        lastCheck: null,
        expiresAt: null,
      },
      {
        proofId: id('prf', 3),
        object: '*.shop.example',
        method: 'file',
        state: 'proven',
        challenge: 'c0ffee',
        instruction: say('—', '—'),
        lastCheck: { at: at(-2), result: say('文件内容一致', 'the file matched') },
        expiresAt: at(88),
      },
    ],
    missing: ['pay.shop.example'],
  }),
  'GET /api/engagements/:engagementId/records': () => ({
    records: [
      {
        recordId: id('sig', 1),
        kind: 'service_agreement',
        title: say('服务协议', 'Service agreement'),
        role: 'demand',
        byName: '林晓',
        orgName: names.demand[1],
        at: at(-9),
        fields: [
          { name: 'reference', label: say('协议编号', 'Agreement reference'), value: 'HY-2026-ZC-018' },
          {
            name: 'agreed',
            label: say('我代表本单位同意协议所列权利与义务', 'On behalf of my organisation I agree'),
            value: 'true',
          },
        ],
        digest: digest(41),
        signature: 'MEUCIQDk3o9x…Zk2',
        keyFingerprint: `SHA256:${digest(5).slice(0, 40)}`,
        scopeVersionId: null,
        current: true,
      },
      {
        recordId: id('sig', 2),
        kind: 'risk_notice',
        title: say('风险告知确认', 'Acknowledgement of risks'),
        role: 'demand',
        byName: '林晓',
        orgName: names.demand[1],
        at: at(-8),
        fields: [{ name: 'understood', label: say('已知悉测试可能带来的风险', 'I know the risks'), value: 'true' }],
        digest: digest(42),
        signature: 'MEQCIF0l…',
        keyFingerprint: `SHA256:${digest(5).slice(0, 40)}`,
        scopeVersionId: id('scv', 1),
        current: false,
      },
      {
        recordId: id('sig', 3),
        kind: 'review',
        title: say('需求合法合规审查', 'Legality review of the demand'),
        role: 'organizer',
        byName: '周衡',
        orgName: names.organizer[1],
        at: at(-10),
        fields: [
          { name: 'verdict', label: say('结论', 'Verdict'), value: 'pass' },
          {
            name: 'reason',
            label: say('审查意见', 'Reasons'),
            value:
              '测试对象权属清楚，数据级别为重要数据，采用预发环境，未见法律障碍。\n建议在授权书中写明数据留存期限。',
          },
        ],
        digest: digest(43),
        signature: null,
        keyFingerprint: null,
        scopeVersionId: null,
        current: true,
      },
    ],
    forms: [
      {
        kind: 'readiness',
        title: say('测试条件与备份确认', 'Test conditions and backup'),
        signed: false,
        clauses: ['GBT43741-4.1-03', 'GBT43741-5.1-05'],
        done: false,
        refused: null,
        fields: [
          {
            name: 'environment',
            label: say('环境', 'Environment'),
            kind: 'choice',
            options: [
              { value: 'prod', label: say('生产环境', 'Production') },
              { value: 'staging', label: say('预发环境', 'Staging') },
            ],
          },
          {
            name: 'contact',
            label: say('紧急联系人与电话（24 小时）', 'Emergency contact and phone (24 h)'),
            kind: 'line',
            min: 2,
            max: 200,
          },
          { name: 'note', label: say('说明', 'Note'), kind: 'long', min: 10, max: 4000 },
          { name: 'backup', label: say('已完成备份并验证可恢复', 'A backup exists and restores'), kind: 'confirm' },
        ],
      },
      {
        kind: 'permit_run_service',
        title: say('授权组织方开展服务', 'Permit: the organizer runs the service'),
        signed: true,
        clauses: ['GBT43741-4.2-03'],
        done: false,
        refused: { rule: 'POST-1', why: say('需要签署人岗位', 'it takes the post signatory') },
        fields: [
          {
            name: 'granted',
            label: say('授权组织方按所列范围组织众测', 'The organizer is authorised'),
            kind: 'confirm',
          },
        ],
      },
      {
        kind: 'nda',
        title: say('保密约定', 'Confidentiality agreement'),
        signed: true,
        clauses: ['GBT43741-5.1-06'],
        done: true,
        refused: null,
        fields: [{ name: 'reference', label: say('约定编号', 'Reference'), kind: 'line', min: 2, max: 200 }],
      },
    ],
  }),
  'POST /api/engagements/:engagementId/records': () => ({
    type: 'about:blank',
    title: 'malformed',
    status: 422,
    code: 'malformed',
    detail: '',
    text: say('请求有误：紧急联系人', 'the request is wrong: emergency contact'),
    rule: 'INPUT-1',
    fields: [
      {
        field: 'body.fields.contact',
        limit: say('须含电话号码', 'must hold a phone number'),
        fix: say('写明 24 小时可接通的号码', 'give a number that answers day and night'),
      },
    ],
  }),
  'GET /api/engagements/:engagementId/letters': ({ params }) => ({
    letters: params['engagementId']?.endsWith('1')
      ? []
      : [
          {
            letterId: id('let', 1),
            number: 'ZHL-2026-0001-2',
            checkCode: '7K2M-Q9XD',
            scopeVersionId: id('scv', 1),
            scopeNumber: 2,
            opens: at(-3),
            closes: at(11, 9),
            issuedAt: at(-4),
            state: 'valid',
            sha256: { docx: digest(7), pdf: digest(8) },
            verifyPath: '/check?number=ZHL-2026-0001-2&code=7K2M-Q9XD',
          },
          {
            letterId: id('let', 2),
            number: 'ZHL-2026-0001-1',
            checkCode: 'P4WN-8ZRT',
            scopeVersionId: id('scv', 0),
            scopeNumber: 1,
            opens: at(-3),
            closes: at(11, 9),
            issuedAt: at(-9),
            state: 'superseded',
            sha256: { docx: digest(17), pdf: digest(18) },
            verifyPath: '/check?number=ZHL-2026-0001-1&code=P4WN-8ZRT',
          },
        ],
  }),
  'GET /api/engagements/:engagementId/timeline': () => ({
    events: [
      {
        eventId: id('evt', 5),
        at: at(0),
        kind: 'stop.ordered',
        text: say('下达停止令：发现批量读取', 'Stop order: bulk reading was seen'),
        actorName: '苏审言',
        role: 'auditor',
        subject: null,
        ledgerIndex: null,
      },
      {
        eventId: id('evt', 4),
        at: at(0, -1),
        kind: 'access.denied',
        text: say('拒绝：查看他人的流量记录', 'Refused: reading another’s exchange'),
        actorName: '陈默',
        role: 'tester',
        subject: null,
        ledgerIndex: 1841,
      },
      {
        eventId: id('evt', 3),
        at: at(-1),
        kind: 'engagement.moved',
        text: say('开始测试：就绪 → 测试中', 'Testing began: ready → testing'),
        actorName: '周衡',
        role: 'organizer',
        subject: null,
        ledgerIndex: 1822,
      },
      {
        eventId: id('evt', 2),
        at: at(-4),
        kind: 'letter.issued',
        text: say('签发授权书 ZHL-2026-0001-2', 'Letter ZHL-2026-0001-2 issued'),
        actorName: '系统',
        role: 'system',
        subject: null,
        ledgerIndex: 1790,
      },
    ],
    next: null,
  }),
  'POST /api/public/letter-checks': ({ body }) =>
    body['checkCode'] === '7K2M-Q9XD'
      ? {
          state: 'valid',
          number: String(body['number']),
          demandName: names.demand[1],
          organizerName: names.organizer[1],
          opens: at(-3),
          closes: at(11, 9),
          scopeNumber: 2,
          sha256: { docx: digest(7), pdf: digest(8) },
        }
      : {
          state: 'unknown',
          number: String(body['number']),
          demandName: null,
          organizerName: null,
          opens: null,
          closes: null,
          scopeNumber: null,
          sha256: null,
        },
}

const roles: readonly Role[] = ['demand', 'organizer', 'tester', 'auditor']
const open = /^(GET \/api\/setup|POST \/api\/(sign-in|setup|invitations\/acceptance|public\/.*))$/

/** Answers one call as the person named by the cookie. */
export function answer(
  method: string,
  address: URL,
  body: unknown,
  as: string | null,
): { status: number; body: unknown } {
  const role = roles.find((one) => one === as)
  const refusal = (status: number, code: string): { status: number; body: ProblemBody } => ({
    status,
    body: {
      type: 'about:blank',
      title: code,
      status,
      code,
      detail: code,
      text: say(`演示：${code}`, `demo: ${code}`),
      fields: [],
    },
  })
  for (const [key, handle] of Object.entries(handlers) as [string, (given: Given) => unknown][]) {
    const names = [...key.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '')
    const found = new RegExp(`^${key.replace(/:\w+/g, '([^/]+)')}$`).exec(`${method} ${address.pathname}`)
    if (!found) continue
    if (!role && !open.test(key)) return refusal(401, 'unauthenticated')
    const params = Object.fromEntries(names.map((name, n) => [name, found[n + 1] ?? '']))
    const reply = handle({
      params,
      query: address.searchParams,
      body: (body ?? {}) as Record<string, unknown>,
      me: meOf(role ?? 'demand'),
    })
    const status = (reply as Partial<ProblemBody>).code ? ((reply as ProblemBody).status ?? 400) : 200
    return { status, body: reply }
  }
  return refusal(404, 'not_found')
}
