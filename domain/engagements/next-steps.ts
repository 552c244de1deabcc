import type { Role } from '../access/actor.ts'
import { type Text, say } from '../shared/problem.ts'
import type { EngagementState } from './states.ts'

/** What an engagement in a state waits for, by role: a cheap answer for home pages; the guards decide in the end. */
export const nextSteps: { readonly [S in EngagementState]: Partial<Record<Role, Text>> } = {
  draft: { demand: say('补全需求、证明权属并提交', 'complete the demand, prove ownership and submit') },
  submitted: {
    organizer: say('两人审查需求并签署协议', 'two persons review the demand and sign the agreements'),
    demand: say('签署服务协议与保密约定', 'sign the service and confidentiality agreements'),
  },
  rejected: { demand: say('按审查意见修改需求', 'revise the demand') },
  agreed: {
    demand: say('确认风险告知，签署两项授权并签发授权书', 'acknowledge the risks, sign both permits and authorise'),
    auditor: say('提交审计方案', 'write the audit plan'),
  },
  authorised: {
    organizer: say('提交实施方案并发布', 'write the test plan and publish'),
    demand: say('批准实施方案与发布内容', 'approve plan and publication'),
    auditor: say('提交审计方案', 'write the audit plan'),
  },
  recruiting: {
    organizer: say(
      '接纳测试者、提交应急预案并核验启动条件',
      'admit testers, write the emergency plan and check the start conditions',
    ),
    demand: say('确认测试条件与备份', 'confirm conditions and backup'),
    tester: say('完成测验、承诺书并领取接入凭证', 'pass the quiz, sign the pledge and take the access lease'),
    auditor: say('提交审计方案', 'write the audit plan'),
  },
  ready: { organizer: say('开始测试', 'start testing') },
  testing: {
    tester: say('在授权范围内测试并提交发现', 'test inside the scope and submit findings'),
    organizer: say('初审提交的漏洞', 'review submissions'),
    auditor: say('查看实时流量', 'watch the traffic'),
  },
  suspended: {
    organizer: say('处理停止令', 'handle the stop order'),
    demand: say('处理停止令', 'handle the stop order'),
    auditor: say('处理停止令', 'handle the stop order'),
  },
  window_closed: {
    organizer: say('完成初审并进入报告阶段', 'finish first reviews and begin reporting'),
    tester: say('申报测试残留', 'declare what testing left behind'),
  },
  reporting: {
    organizer: say('编写并签署安全众测报告', 'write and sign the test report'),
    auditor: say('编写并签署安全审计报告', 'write and sign the audit report'),
    tester: say('申报测试残留', 'declare what testing left behind'),
  },
  delivered: { demand: say('验收成果', 'accept the deliverables') },
  accepted: {
    demand: say('完成修复', 'finish the repairs'),
    organizer: say('完成复测并开始处置', 'finish retests and begin disposal'),
  },
  disposing: {
    organizer: say('签署处置证明并关闭项目', 'sign the disposal certificate and close'),
    tester: say('签署处置证明', 'sign the disposal certificate'),
    demand: say('核验残留清理', 'check that nothing is left'),
  },
  closed: {},
  cancelled: {},
  terminated: {
    tester: say('申报残留并签署处置证明', 'declare what is left and sign the disposal certificate'),
    organizer: say('签署处置证明', 'sign the disposal certificate'),
  },
}
