import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { conductQuiz } from '@zhongheng/registers/catalogues/conduct-quiz.ts'
import type { Company } from './cast.ts'
import type { Lease } from './http-clients.ts'
import { type Person, consentTo } from './person.ts'

export type Target = { readonly host: string; readonly port: number; readonly tlsPort: number }
/** Called before each step with what is about to happen. */
export type Tell = (zh: string, en: string) => void

export type Prepared = {
  readonly engagementId: string
  readonly leases: { readonly tester: Lease; readonly tester2: Lease }
}

const at = (engagementId: string) => ({ params: { engagementId } })

/** The scope of the demo, as a demand side would write it by hand. */
export const demoScope = (target: Target): string =>
  [
    `# 众测练习商城`,
    `http://${target.host}:${target.port}/`,
    `https://${target.host}:${target.tlsPort}/`,
    `! http://${target.host}:${target.port}/admin`,
    `! pay.${target.host}`,
  ].join('\n')

/** From an empty draft to an open window: everything of clauses 5.1, each act by the side that owes it. */
export async function prepareEngagement(
  company: Company,
  target: Target,
  title: string,
  folder: string,
  tell: Tell,
  parties?: Parties,
): Promise<Prepared> {
  const { demand, organizer, organizer2, auditor } = company
  tell('需求方编写需求与测试范围', 'the demand side writes demand and scope')
  const engagementId = await draft(company, target, title, parties)
  await proveOwnership(demand, engagementId, target)
  await move(demand, engagementId, 'submit')

  tell('组织方两人审查，双方签署协议', 'two persons review; both sides sign')
  for (const reviewer of [organizer, organizer2])
    await record(reviewer, engagementId, 'review', {
      verdict: 'pass',
      reason: '对象权属清楚，时间与规则明确，同意受理。',
    })
  for (const side of [demand, organizer]) {
    await record(side, engagementId, 'service_agreement', { reference: '众测服务协议 2026-01', agreed: true })
    await record(side, engagementId, 'nda', { reference: '保密约定 2026-01', agreed: true })
  }
  await move(organizer, engagementId, 'agree')
  await record(auditor, engagementId, 'nda', { reference: '审计保密约定 2026-01', agreed: true })

  tell('需求方双重授权，签发授权书', 'the demand side signs both permits; the letter is issued')
  await record(demand, engagementId, 'readiness', {
    environment: 'dedicated',
    contact: '林帆 010-0000-0000',
    backup: true,
    monitoring: true,
  })
  await record(organizer, engagementId, 'emergency_plan', {
    stop_procedure: '审计方、组织方或需求方任一方下达停止令，网关一秒内阻断。',
    escalation: '周衡 010-0000-0001',
  })
  await record(demand, engagementId, 'risk_notice', { understood: true })
  await record(demand, engagementId, 'permit_run_service', { granted: true })
  await record(demand, engagementId, 'permit_admit_testers', { granted: true })
  await move(demand, engagementId, 'authorise')

  tell('发布方案，测试者报名、核验、分级', 'plan and publication; testers apply, are checked and graded')
  await record(organizer, engagementId, 'test_plan', {
    plan: '由两名分级测试者经专用网关测试，组织方每日初审，审计方全程查看流量。',
    announcement: '某电商企业商城安全众测，Web 应用，两周内择时进行，按等级奖励。',
  })
  await record(demand, engagementId, 'plan_approval', { approved: true })
  await move(organizer, engagementId, 'recruit')
  await verifyTesters(company)
  const leases = {
    tester: await joinByApplication(company, engagementId, folder),
    tester2: await joinByInvitation(company, engagementId, folder),
  }
  await record(auditor, engagementId, 'audit_plan', {
    method: '全量查看网关拒绝记录，抽查放行流量与处理决定。',
    sources_seen: true,
  })
  await move(organizer, engagementId, 'get_ready')
  await move(organizer, engagementId, 'start')
  return { engagementId, leases }
}

/** Which organisations to name where several could be; the first of each kind without it. */
export type Parties = { readonly organizer: string; readonly auditor: string }

async function draft({ demand }: Company, target: Target, title: string, parties?: Parties): Promise<string> {
  const { organisations } = await demand.call('GET /api/organisations', { query: {} })
  const orgId = (kind: string): string => organisations.find((one) => one.kind === kind)?.orgId ?? ''
  const now = Date.now()
  const page = await demand.call('POST /api/engagements', {
    body: {
      title,
      goals: '检验商城对外服务的安全性，重点关注订单数据、登录与支付前置流程。',
      windowOpens: new Date(now - 60_000).toISOString(),
      windowCloses: new Date(now + 8 * 3_600_000).toISOString(),
      auditMode: 'third_party',
      dataLevel: 'general',
      environment: 'dedicated',
      organizerOrgId: parties?.organizer ?? orgId('organizer'),
      auditorOrgId: parties?.auditor ?? orgId('auditor'),
      minGrade: 1,
      rewardTable: [
        { severity: 'critical', minFen: 500_000, maxFen: 2_000_000 },
        { severity: 'high', minFen: 200_000, maxFen: 800_000 },
        { severity: 'medium', minFen: 50_000, maxFen: 200_000 },
        { severity: 'low', minFen: 10_000, maxFen: 50_000 },
      ],
      budgetFen: 5_000_000,
    },
  })
  const { engagementId } = page
  await demand.call('PUT /api/engagements/:engagementId/scope', {
    ...at(engagementId),
    body: { format: 'text', content: demoScope(target), version: page.version },
  })
  return engagementId
}

/** The file method, for real: the shop's owner puts the challenge where the verifier fetches it. */
async function proveOwnership(demand: Person, engagementId: string, target: Target): Promise<void> {
  const { missing } = await demand.call('GET /api/engagements/:engagementId/proofs', at(engagementId))
  for (const object of missing) {
    const proof = await demand.call('POST /api/engagements/:engagementId/proofs', {
      ...at(engagementId),
      body: { object, method: 'file' },
    })
    await fetch(`http://127.0.0.1:${target.port}/__owner-file`, {
      method: 'POST',
      body: new URLSearchParams({ text: proof.challenge }),
    })
    const checked = await demand.call('POST /api/engagements/:engagementId/proofs/:proofId/check', {
      params: { engagementId, proofId: proof.proofId },
    })
    if (checked.state !== 'proven')
      throw new Error(`ownership of ${object} was not proven: ${checked.lastCheck?.result.en}`)
  }
}

async function verifyTesters({ tester, tester2, organizer }: Company): Promise<void> {
  const people: readonly [Person, string][] = [
    [tester, '陈默'],
    [tester2, '何鹭'],
  ]
  for (const [person, realName] of people) {
    const me = await person.call('GET /api/testers/me', {})
    if (me.identity === 'verified') continue
    // One identity on one account only: the number is made from the person.
    const documentNumber = `P${me.personId.slice(-12)}`
    await consentTo(person, 'skills')
    const asked = await person.call('POST /api/testers/me/identity', {
      body: { realName, documentKind: 'passport', documentNumber, skills: ['Web', 'API'] },
    })
    const verified = await organizer.call('POST /api/testers/:personId/identity-decision', {
      params: { personId: me.personId },
      body: { verdict: 'verified', reason: '已核对证件原件与本人。', version: asked.version },
    })
    await organizer.call('POST /api/testers/:personId/grade', {
      params: { personId: me.personId },
      body: { grade: 3, basis: 'history', note: '既往成果良好', version: verified.version },
    })
  }
}

async function joinByApplication({ tester, organizer }: Company, engagementId: string, folder: string): Promise<Lease> {
  const applied = await tester.call('POST /api/engagements/:engagementId/applications', {
    ...at(engagementId),
    body: { statement: '熟悉 Web 与接口测试，可全程参与。', conflicts: '无' },
  })
  await organizer.call('POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision', {
    params: { engagementId, enrollmentId: applied.enrollmentId },
    body: { verdict: 'admit', reason: '符合要求', version: applied.version },
  })
  return takeLease(tester, engagementId, join(folder, 'tester-ca.pem'))
}

async function joinByInvitation({ tester2, organizer }: Company, engagementId: string, folder: string): Promise<Lease> {
  const me = await tester2.call('GET /api/testers/me', {})
  const invited = await organizer.call('POST /api/engagements/:engagementId/tester-invitations', {
    ...at(engagementId),
    body: { personId: me.personId },
  })
  await tester2.call('POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision', {
    params: { engagementId, enrollmentId: invited.enrollmentId },
    body: { verdict: 'accept', reason: '接受邀请', version: invited.version },
  })
  return takeLease(tester2, engagementId, join(folder, 'tester2-ca.pem'))
}

/** Quiz, pledge, lease: what every tester does before the first packet. */
export async function takeLease(person: Person, engagementId: string, caFile: string): Promise<Lease> {
  await person.call('POST /api/engagements/:engagementId/quiz', {
    ...at(engagementId),
    body: { answers: Object.fromEntries(conductQuiz.map((question) => [question.id, question.right])) },
  })
  const pledge = await person.call('GET /api/engagements/:engagementId/pledge', at(engagementId))
  await person.call('POST /api/engagements/:engagementId/pledge', {
    ...at(engagementId),
    body: { digest: pledge.digest, agreed: true },
  })
  const taken = await person.call('POST /api/engagements/:engagementId/leases', at(engagementId))
  await writeFile(caFile, taken.caCertificate)
  return { proxyUrl: taken.proxyUrl, caFile }
}

export async function move(person: Person, engagementId: string, name: string, reason?: string): Promise<void> {
  const page = await person.call('GET /api/engagements/:engagementId', at(engagementId))
  await person.call('POST /api/engagements/:engagementId/moves', {
    ...at(engagementId),
    body: { move: name, version: page.version, ...(reason ? { reason } : {}) },
  })
}

export async function record(
  person: Person,
  engagementId: string,
  kind: string,
  fields: { [name: string]: string | boolean },
): Promise<void> {
  await person.call('POST /api/engagements/:engagementId/records', { ...at(engagementId), body: { kind, fields } })
}
