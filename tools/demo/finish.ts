import { setTimeout as wait } from 'node:timers/promises'
import type { Company } from './cast.ts'
import type { Person } from './person.ts'
import { type Tell, move, record } from './prepare.ts'

/** From the end of testing to closure: both reports, acceptance, disposal. */
export async function finishEngagement(company: Company, engagementId: string, tell: Tell): Promise<void> {
  const { demand, organizer, tester, tester2, auditor } = company
  const params = { engagementId }
  tell('测试结束，凭证全部收回', 'testing ends; every lease is revoked')
  await move(organizer, engagementId, 'end_early', '测试目标均已完成，经双方同意提前结束。')
  await move(organizer, engagementId, 'begin_reporting')
  await segmentsEntered(auditor, engagementId)

  tell('组织方编写并签署安全众测报告', 'the organizer writes and signs the test report')
  await report(organizer, engagementId, 'test', {
    TR4: '商城整体防护薄弱：输入校验与访问控制缺失，未登录即可读取顾客与订单数据。修复后复测均通过。',
    TR5: '漏洞集中在输入处理与访问控制两类，反映出缺少统一的参数校验与鉴权组件。',
    TR8: '建议建立统一的数据访问层与鉴权中间件，上线前执行自动化安全测试，并为顾客数据启用最小权限账号。',
  })
  tell('审计方编写并签署安全审计报告', 'the auditor writes and signs the audit report')
  const { findings } = await auditor.call('GET /api/findings', { query: { engagementId, view: 'all', limit: 50 } })
  for (const finding of findings)
    await auditor.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId, findingId: finding.findingId },
    })
  await report(auditor, engagementId, 'audit', {
    AR4: '全量查看网关拒绝记录与停止令，逐一查看漏洞处理决定及其引用。',
    AR5: '测试活动均在授权范围与时间内进行，越界请求均被网关拒绝；处理决定有据可查，未发现违规行为。',
    OPINION: 'conforming',
  })
  await move(organizer, engagementId, 'deliver')

  tell('需求方验收，清理与处置后关闭', 'acceptance, disposal, closure')
  await record(demand, engagementId, 'acceptance', { opinion: '两份报告内容完整，同意验收。' })
  await move(demand, engagementId, 'accept')
  await move(organizer, engagementId, 'dispose')
  for (const person of [tester, tester2]) {
    await record(person, engagementId, 'artefact_declaration', { left: '无残留账号与文件；测试评价一条已说明。' })
    await record(person, engagementId, 'disposal_certificate', { deleted: true, method: '删除本地记录并清空工具缓存' })
  }
  await record(demand, engagementId, 'artefact_verification', { clean: true, note: '已核对并清理' })
  await record(organizer, engagementId, 'disposal_certificate', {
    deleted: true,
    method: '保留账本与档案，删除临时数据',
  })
  await move(organizer, engagementId, 'close')
  await organizer.call('GET /api/engagements/:engagementId', { params })
}

async function report(
  author: Person,
  engagementId: string,
  kind: 'test' | 'audit',
  sections: { [id: string]: string },
): Promise<void> {
  const made = await author.call('POST /api/engagements/:engagementId/reports', {
    params: { engagementId },
    body: { kind, locale: 'zh-CN' },
  })
  const params = { engagementId, reportId: made.reportId }
  const written = await author.call('PATCH /api/engagements/:engagementId/reports/:reportId', {
    params,
    body: { sections, version: made.version },
  })
  await author.call('POST /api/engagements/:engagementId/reports/:reportId/signature', {
    params,
    body: { version: written.version },
  })
}

/** The last segments are sealed when testing ends; reports are signed after their entries are in the ledger. */
async function segmentsEntered(reader: Person, engagementId: string): Promise<void> {
  for (let n = 0; n < 40; n++) {
    const { events } = await reader.call('GET /api/engagements/:engagementId/timeline', {
      params: { engagementId },
      query: { limit: 100 },
    })
    if (
      events.some((event) => event.kind === 'segment.sealed' && event.ledgerIndex !== null) &&
      events.every((event) => event.ledgerIndex !== null)
    )
      return
    await wait(250)
  }
  throw new Error('the recorder’s sealed segments did not reach the ledger within 10 s')
}
