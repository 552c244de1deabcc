import type { Call, Reply } from '@zhongheng/contracts/http/index.ts'
import type { Company } from './cast.ts'
import type { Person } from './person.ts'
import type { Target, Tell } from './prepare.ts'
import type { Shown } from './test-through-gateway.ts'

type Submission = Call<'POST /api/engagements/:engagementId/findings'>['body']
type Page = Reply<'POST /api/engagements/:engagementId/findings'>
type MoveInput = Omit<Call<'POST /api/engagements/:engagementId/findings/:findingId/moves'>['body'], 'version' | 'move'>

/** Submits what was found and takes each finding through its states, one of every ending. */
export async function handleFindings(
  company: Company,
  engagementId: string,
  target: Target,
  shown: Shown,
  tell: Tell,
): Promise<void> {
  const { tester, tester2, organizer, demand, auditor } = company
  const shop = `http://${target.host}:${target.port}/`
  const secure = `https://${target.host}:${target.tlsPort}/`
  const submit = (person: Person, body: Submission): Promise<Page> =>
    person.call('POST /api/engagements/:engagementId/findings', { params: { engagementId }, body })
  const act = async (person: Person, page: Page, move: string, input: MoveInput): Promise<Page> => {
    const now = await person.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId, findingId: page.findingId },
    })
    return person.call('POST /api/engagements/:engagementId/findings/:findingId/moves', {
      params: { engagementId, findingId: page.findingId },
      body: { move, version: now.version, ...input },
    })
  }

  tell('测试者提交漏洞并引用流量', 'testers submit findings that cite traffic')
  const sql = await submit(tester, {
    title: '商品搜索存在 SQL 注入，可读取全部顾客口令',
    asset: shop,
    cwe: 'CWE-89',
    cvssVector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
    severity: 'critical',
    description: '搜索参数 `q` 直接拼入查询语句。使用联合查询可以读出 **customers** 表的登录名与口令。',
    steps:
      "1. 打开商品搜索\n2. 将 `q` 设为 `zz' union select id, login, password, 1, phone from customers -- `\n3. 结果列表中出现顾客登录名与口令",
    impact: '未登录的攻击者可以读取顾客数据，并可进一步登录任意账号。',
    repair: '改用参数化查询，并收回数据库账号的多余权限。',
    cites: [shown['sql'] ?? ''],
  })
  const order = await submit(tester2, {
    title: '订单接口未校验归属，可读取他人订单',
    asset: shop,
    cwe: 'CWE-639',
    cvssVector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N',
    severity: 'high',
    description: '接口 `/api/orders/:id` 不检查登录与归属，改变编号即可读取任意订单的收货人、电话与地址。',
    steps: '1. 请求 `/api/orders/1001`\n2. 请求 `/api/orders/1002`\n3. 两者均返回不同顾客的订单',
    impact: '全部订单中的个人信息可被批量获取。',
    repair: '按登录顾客过滤订单，编号改为不可猜测。',
    cites: [shown['order'] ?? '', shown['order2'] ?? ''],
  })
  const walk = await submit(tester, {
    title: '文件下载可穿越目录',
    asset: shop,
    cwe: 'CWE-22',
    cvssVector: null,
    severity: 'high',
    description: '下载参数 `name` 中的 `../` 未被处理，可读取公开目录之外的文件。',
    steps: '1. 请求 `/files?name=../private/backup.txt`\n2. 返回了非公开文件内容',
    impact: '可能泄露配置与备份文件。',
    repair: '规范化路径后校验其位于公开目录内。',
    cites: [shown['walk'] ?? ''],
  })
  const xss = await submit(tester2, {
    title: '搜索结果页反射型跨站脚本',
    asset: shop,
    cwe: 'CWE-79',
    cvssVector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N',
    severity: 'medium',
    description: '搜索词未经编码即写回页面，其中的脚本在顾客浏览器中执行。',
    steps: '1. 打开 `/search?q=<script>alert(1)</script>`\n2. 脚本在页面中执行',
    impact: '可诱导顾客点击链接，冒用其会话。',
    repair: '输出时编码，并启用内容安全策略。',
    cites: [shown['xss'] ?? ''],
  })
  const redirect = await submit(tester2, {
    title: '跳转接口可指向任意站点',
    asset: secure,
    cwe: 'CWE-601',
    cvssVector: null,
    severity: 'low',
    description: '接口 `/go` 的 `to` 参数未限制目标站点，可把顾客带到任意外部地址。',
    steps: '1. 请求 `/go?to=https://other.example/`\n2. 返回 302 指向外部站点',
    impact: '攻击者可借商城域名诱导顾客访问钓鱼网站。',
    repair: '仅允许站内路径。',
    cites: [shown['redirect'] ?? ''],
  })
  const twin = await submit(tester2, { ...sqlAgain(shop), cites: [shown['xss'] ?? ''] })
  const weak = await submit(tester, {
    title: '下载页面列出文件名',
    asset: shop,
    cwe: 'CWE-200',
    cvssVector: null,
    severity: 'info',
    description: '下载页面列出了可下载文件的名称，可能泄露信息。',
    steps: '1. 打开 `/downloads`\n2. 看到文件列表',
    impact: '可了解站点提供的文件，信息价值有限。',
    repair: '',
    cites: [shown['plain'] ?? ''],
  })

  tell('组织方初审', 'the organizer reviews')
  const scopeCite = '授权范围第 1 条'
  for (const [page, severity] of [
    [sql, 'critical'],
    [order, 'high'],
    [walk, 'high'],
    [xss, 'medium'],
  ] as const)
    await act(organizer, page, 'pass', {
      reason: '已按步骤经网关复现，引用的流量与描述一致。',
      severity,
      cites: scopeCite,
    })
  await act(organizer, twin, 'mark_duplicate', {
    reason: '与先前提交的注入为同一参数同一缺陷。',
    duplicateOf: sql.findingId,
  })
  await act(organizer, weak, 'invalidate', {
    reason: '下载列表为公开功能，未泄露非公开信息。',
    reasonCode: 'accepted_behaviour',
    cites: '规则：仅受理可造成危害的缺陷',
  })
  const back = await act(organizer, redirect, 'return', {
    reason: '请补充浏览器实际跳转的说明。',
    reasonCode: 'evidence',
  })
  void back
  const returned = await tester2.call('GET /api/engagements/:engagementId/findings/:findingId', {
    params: { engagementId, findingId: redirect.findingId },
  })
  await tester2.call('PUT /api/engagements/:engagementId/findings/:findingId', {
    params: { engagementId, findingId: redirect.findingId },
    body: {
      title: returned.title,
      asset: returned.asset,
      cwe: returned.cwe,
      cvssVector: null,
      severity: 'low',
      description: `${returned.description} 浏览器地址栏随即变为外部站点。`,
      steps: returned.steps,
      impact: returned.impact,
      repair: returned.repair,
      cites: returned.evidence.map((one) => one.exchangeId),
      version: returned.version,
    },
  })
  await act(organizer, redirect, 'pass', { reason: '补充后可复现，等级为低。', severity: 'low', cites: scopeCite })

  tell('需求方确认，一项异议由审计方裁定', 'the demand side confirms; the auditor settles a dispute')
  for (const [page, severity] of [
    [sql, 'critical'],
    [order, 'high'],
    [xss, 'medium'],
    [redirect, 'low'],
  ] as const)
    await act(demand, page, 'confirm', { reason: '已与研发核实，漏洞成立。', severity })
  await act(demand, walk, 'dispute', { reason: '认为该文件不含敏感信息，应降低等级。', cites: '资产分级清单第 3 项' })
  await act(auditor, walk, 'uphold', {
    reason: '流量显示读取了非公开目录内容，漏洞成立，等级调整为中。',
    severity: 'medium',
    cites: '所引流量记录',
  })
  await organizer.call('POST /api/engagements/:engagementId/findings/:findingId/comments', {
    params: { engagementId, findingId: sql.findingId },
    body: { audience: 'everyone', body: '感谢提交。请在复测前不要再次读取顾客数据。' },
  })

  tell('奖励、修复与复测', 'rewards, repair and retest')
  for (const [page, amountFen] of [
    [sql, 1_200_000],
    [order, 400_000],
    [walk, 100_000],
    [xss, 80_000],
    [redirect, 20_000],
  ] as const) {
    const reward = await organizer.call('POST /api/engagements/:engagementId/findings/:findingId/rewards', {
      params: { engagementId, findingId: page.findingId },
      body: { amountFen, note: '按奖励表' },
    })
    const params = { engagementId, rewardId: reward.rewardId }
    await demand.call('POST /api/engagements/:engagementId/rewards/:rewardId/state', {
      params,
      body: { state: 'approved', note: '同意', version: 1 },
    })
    await organizer.call('POST /api/engagements/:engagementId/rewards/:rewardId/state', {
      params,
      body: { state: 'paid', note: '银行转账', version: 2 },
    })
  }
  for (const page of [sql, order, walk, xss]) {
    await act(demand, page, 'begin_remediation', { reason: '已排期，由研发二组修复。' })
    await act(demand, page, 'ask_retest', { reason: '已发布修复版本，请复测。' })
    await act(page === sql || page === walk ? tester : tester2, page, 'record_retest', {
      reason: '按原步骤重放，未再出现所述影响。',
      retestOutcome: 'not_reproducible',
    })
    await act(organizer, page, 'close', { reason: '复测通过，关闭该漏洞。' })
  }
  await act(demand, redirect, 'accept_risk', { reason: '该接口将于下季度下线，期间接受风险。' })
  await act(organizer, redirect, 'close', { reason: '需求方已书面接受风险，关闭。' })
}

const sqlAgain = (shop: string): Omit<Submission, 'cites'> => ({
  title: '搜索接口疑似注入',
  asset: shop,
  cwe: 'CWE-89',
  cvssVector: null,
  severity: 'critical',
  description: '在搜索参数中加入单引号后页面返回数据库错误，疑似存在 SQL 注入。',
  steps: "1. 请求 `/search?q='`\n2. 页面返回数据库错误",
  impact: '攻击者可能读取数据库中的数据。',
  repair: '',
})
