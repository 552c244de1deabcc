import { engagementMoves, type EngagementMoveName } from '../engagements/moves.ts'
import { isRecordKind, recordKinds } from '../engagements/records.ts'
import { engagementStateName } from '../engagements/states.ts'
import { findingStateName } from '../findings/states.ts'
import { type Text, say } from '../shared/problem.ts'

type Facts = { readonly [name: string]: unknown }

const plain: { readonly [kind: string]: Text } = {
  'engagement.drafted': say('建立需求草稿', 'Demand drafted'),
  'engagement.edited': say('修改需求草稿', 'Demand edited'),
  'engagement.window_nears_end': say('测试窗口将在 24 小时内结束', 'Test window ends within 24 hours'),
  'scope.written': say('编写测试范围', 'Scope written'),
  'scope.question_answered': say('答复范围待定问题', 'Scope question answered'),
  'scope.change_proposed': say('提出范围变更', 'Scope change proposed'),
  'scope.change_approved': say('批准范围变更', 'Scope change approved'),
  'scope.change_refused': say('否决范围变更', 'Scope change refused'),
  'scope.in_force': say('新范围版本生效', 'New scope version in force'),
  'test_rules.proposed': say('提议测试规则', 'Test rules proposed'),
  'test_rules.approved': say('批准测试规则', 'Test rules approved'),
  'test_rules.refused': say('否决测试规则', 'Test rules refused'),
  'test_rules.in_force': say('测试规则生效', 'Test rules in force'),
  'outgoing.chosen': say('设置出口地址与目标证书校验', 'Source addresses and verification of targets chosen'),
  'outgoing.certificate_given': say('提供目标所需的客户端证书', 'Client certificate for a target given'),
  'outgoing.certificate_replaced': say('更换客户端证书', 'Client certificate for a target replaced'),
  'outgoing.certificate_taken': say('撤下客户端证书', 'Client certificate for a target taken away'),
  'proof.asked': say('申请权属证明', 'Ownership proof asked for'),
  'proof.checked': say('核对权属证明', 'Ownership proof checked'),
  'proof.letter_given': say('提交权属函件', 'Ownership letter given'),
  'proof.decided': say('确认权属函件', 'Ownership letter decided'),
  'letter.issued': say('签发授权书', 'Authorisation letter issued'),
  'letter.read': say('下载授权书', 'Authorisation letter read'),
  'enrollment.applied': say('测试者报名', 'Tester applied'),
  'enrollment.invited': say('邀请测试者', 'Tester invited'),
  'enrollment.decided': say('决定测试者准入', 'Tester’s admission decided'),
  'quiz.answered': say('完成行为准则测验', 'Conduct quiz answered'),
  'pledge.signed': say('签署行为准则承诺书', 'Conduct pledge signed'),
  'house.restored': say('平台自备份恢复', 'Platform restored from a backup'),
  'lease.issued': say('领取接入凭证', 'Access lease issued'),
  'lease.suspended': say('暂停接入凭证', 'Access lease suspended'),
  'lease.reactivated': say('恢复接入凭证', 'Access lease reactivated'),
  'lease.revoked': say('收回接入凭证', 'Access lease revoked'),
  'lease.slowed': say('因告警限速', 'Lease held to a slow pace by an alert'),
  'lease.unslowed': say('解除限速', 'Slow pace of a lease ended'),
  'alert.raised': say('行为告警', 'Alert of conduct'),
  'alert.acknowledged': say('受理告警', 'Alert taken up'),
  'alert.settled': say('告警结案', 'Alert settled'),
  'alert_receiver.added': say('添加告警接收方', 'Receiver of alerts added'),
  'alert_receiver.removed': say('移除告警接收方', 'Receiver of alerts removed'),
  'alert_receiver.placed': say('登记告警接收方所在地', 'Place of a receiver of alerts put on record'),
  'alert_receiver.tested': say('向告警接收方发送测试', 'Test sent to a receiver of alerts'),
  'alert_receiver.failed': say('告警外送失败，已放弃', 'Alert could not be told outside and was given up'),
  'segment.sealed': say('流量分段封存', 'Traffic segment sealed'),
  'segment.mirrored': say('审计节点留存流量分段', 'Traffic segment mirrored'),
  'traffic.refused': say('网关拒绝越界请求', 'Gateway refused requests'),
  'traffic.gap': say('流量记录缺口', 'Gap in the traffic record'),
  'traffic.read': say('查看流量内容', 'Traffic content read'),
  'reading.purpose_stated': say('说明查阅目的', 'Purpose of readings stated'),
  'reading.refused': say('查阅超出额度，已拒绝', 'Reading beyond the budget refused'),
  'finding.submitted': say('提交漏洞', 'Finding submitted'),
  'finding.read': say('查看漏洞内容', 'Finding’s body read'),
  'rotation.ordered': say('下令轮换密钥', 'Rotation of keys ordered'),
  'rotation.done': say('密钥轮换完成', 'Rotation of keys done'),
  'keeper.unsealed': say('以密钥份额解封平台', 'Platform unsealed with shares of its key'),
  'keeper.changed': say('更换密钥的解锁方式', 'Keys are unlocked in another way'),
  'finding.not_as_submitted': say(
    '告警：存储的漏洞内容与提交不一致',
    'Alarm: a stored finding is not what was submitted',
  ),
  'scan.examined': say('查看扫描器结果文件', 'Scanner’s results looked into'),
  'attachment.kept': say('上传附件', 'File uploaded'),
  'attachment.read': say('读取附件', 'Attachment read'),
  'findings.exported': say('导出漏洞列表', 'List of findings exported'),
  'findings.searched': say('检索漏洞内容', 'Findings searched'),
  'finding.commented': say('评论漏洞', 'Finding commented'),
  'reward.proposed': say('提议奖励', 'Reward proposed'),
  'reward.approved': say('批准奖励', 'Reward approved'),
  'reward.refused': say('否决奖励', 'Reward refused'),
  'reward.paid': say('奖励已支付', 'Reward paid'),
  'report.drafted': say('起草报告', 'Report drafted'),
  'report.edited': say('编写报告', 'Report written'),
  'document.signed': say('签署报告', 'Report signed'),
  'document.issued': say('生成文件', 'Document issued'),
  'document.read': say('下载报告', 'Report read'),
  'pack.asked': say('申请制作证据包', 'Evidence pack asked for'),
  'ledger.restored': say('接受账本恢复', 'Restore of the ledger accepted'),
  'ledger.time_stamped': say('账本加盖时间戳', 'Ledger time-stamped'),
  'ledger.time_stamp_failed': say('未能取得时间戳', 'No time stamp was given'),
  'ledger.scrubbed': say('账本例行核对', 'Ledger scrubbed'),
  'pack.built': say('导出证据包', 'Evidence pack built'),
  'pack.cancelled': say('取消制作证据包', 'Evidence pack cancelled'),
  'pack.read': say('下载证据包', 'Evidence pack downloaded'),
  'exchange.committed': say('对流量分段作出承诺', 'Parts of an exchange committed to'),
  'approval.asked': say('申请由第二人批准', 'Approval of a second person asked for'),
  'approval.given': say('第二人批准', 'Approved by a second person'),
  'approval.refused': say('第二人不同意', 'Refused by a second person'),
  'approval.withdrawn': say('撤回申请', 'Request for approval taken back'),
  'approval.used': say('执行已批准的操作', 'Approved act done'),
  'break_glass.opened': say('开启紧急访问', 'Emergency access opened'),
  'break_glass.ended': say('终止紧急访问', 'Emergency access ended'),
  'two_persons.rules_changed': say('变更双人规则', 'Two-person rules changed'),
  'group.made': say('新建小组', 'Group made'),
  'group.changed': say('变更小组', 'Group changed'),
  'group.removed': say('删除小组', 'Group removed'),
  'work_team.changed': say('变更项目的本单位参与人员', 'Who of the house works on an engagement changed'),
  'separation.changed': say('变更三员分立', 'Separation of administrators changed'),
  'hold.placed': say('下达留存令', 'Legal hold placed'),
  'hold.lift_asked': say('申请解除留存令', 'Lifting of a legal hold asked for'),
  'hold.lift_kept': say('留存令继续有效', 'Legal hold kept'),
  'hold.lifted': say('解除留存令', 'Legal hold lifted'),
  'disposal.ordered': say('下达数据销毁', 'Destruction of data ordered'),
  'disposal.done': say('数据与密钥已销毁', 'Data and keys destroyed'),
  'witness.registered': say('登记见证人', 'Witness registered'),
  'witness.removed': say('移除见证人', 'Witness removed'),
  'witness.late': say('见证人逾期未副署', 'Witness is late'),
  'witness.disagreed': say('见证人所见账本与本账本不一致', 'Witness vouches for another history'),
  'witness.rule_proposed': say('提议见证人规则', 'Witness rule proposed'),
  'witness.rule_approved': say('批准见证人规则', 'Witness rule approved'),
  'witness.rule_refused': say('否决见证人规则', 'Witness rule refused'),
  'ledger.key_introduced': say('引入账本密钥', 'Ledger key introduced'),
  'ledger.key_begun': say('启用账本密钥', 'Ledger key begun'),
  'ledger.key_ended': say('停用账本密钥', 'Ledger key ended'),
  'ledger.key_revoked': say('吊销账本密钥', 'Ledger key revoked'),
  'key.announced': say('公告平台密钥', 'Installation key announced'),
  'installation.set_up': say('完成平台设置', 'Installation set up'),
  'organisation.taken_in': say('接纳单位', 'Organisation taken in'),
  'member.invited': say('邀请成员', 'Member invited'),
  'member.joined': say('成员加入', 'Member joined'),
  'organisation.placed': say('登记单位所在地', 'Place of an organisation put on record'),
  'member.changed': say('变更成员', 'Member changed'),
  'member.placed': say('登记成员所在地', 'Place of a member put on record'),
  'account.closed': say('注销账号', 'Account closed by its owner'),
  'account.held_data_gone': say('注销账号的留存数据到期清除', 'Held data of a closed account cleared at their term'),
  'personal_data.exported': say('导出本人数据', 'Own data taken along'),
  'login.began': say('登录', 'Signed in'),
  'login.refused': say('登录被拒', 'Sign-in refused'),
  'login.ended': say('退出登录', 'Signed out'),
  'login.revoked': say('收回登录', 'Login ended by its owner'),
  'step_up.done': say('重新验证身份', 'Confirmed that it is them'),
  'step_up.refused': say('重新验证身份被拒', 'Confirmation refused'),
  'security.told': say('安全提醒已发送', 'Security notice left'),
  'mail_address.given': say('填写通知邮箱', 'Mail address given'),
  'mail_address.verified': say('验证通知邮箱', 'Mail address verified'),
  'mail_address.removed': say('移除通知邮箱', 'Mail address removed'),
  'mail.given_up': say('通知邮件发送失败，已放弃', 'A mail of notices could not be sent and was given up'),
  'password.changed': say('更改口令', 'Password changed'),
  'password.reset_asked': say('申请重置口令', 'Password reset asked for'),
  'password.reset_issued': say('签发口令重置链接', 'Password link issued'),
  'password.reset': say('重置口令', 'Password reset'),
  'code.enrolled': say('启用验证码', 'One-time codes set up'),
  'code.replaced': say('更换验证码', 'One-time codes replaced'),
  'code.removed': say('停用验证码', 'One-time codes given up'),
  'recovery_codes.made': say('生成恢复码', 'Recovery codes made'),
  'recovery_code.used': say('使用恢复码', 'Recovery code used'),
  'passkey.added': say('添加通行密钥', 'Passkey added'),
  'passkey.renamed': say('重命名通行密钥', 'Passkey renamed'),
  'passkey.removed': say('移除通行密钥', 'Passkey removed'),
  'passkey.refused': say('拒绝通行密钥', 'Passkey refused'),
  'access_token.made': say('新建访问令牌', 'Access token made'),
  'access_token.ended': say('收回访问令牌', 'Access token ended'),
  'factor.release_asked': say('申请解除第二因素', 'Release of a second factor asked for'),
  'factor.release_refused': say('不同意解除第二因素', 'Release of a second factor refused'),
  'factor.released': say('解除第二因素', 'Second factor let go'),
  'oidc.provider_changed': say('变更单点登录服务', 'Sign-in provider changed'),
  'oidc.identity_added': say('登记单点登录账号', 'Account of the provider assigned'),
  'oidc.identity_linked': say('关联单点登录账号', 'Account of the provider linked'),
  'oidc.identity_removed': say('移除单点登录账号', 'Account of the provider taken away'),
  'oidc.refused': say('拒绝单点登录', 'Sign-in by the provider refused'),
  'sign_in.rules_changed': say('变更登录规则', 'Sign-in rules changed'),
  'tester.identity_asked': say('申请实名核验', 'Identity check asked for'),
  'tester.identity_decided': say('核验测试者身份', 'Tester’s identity decided'),
  'tester.graded': say('评定测试者等级', 'Tester graded'),
  'access.denied': say('拒绝访问', 'Access denied'),
  'request.refused': say('拒绝操作', 'Act refused'),
}

/** Every kind of event that has words. */
export const eventKinds: readonly string[] = [
  ...Object.keys(plain),
  'engagement.moved',
  'record.written',
  'finding.moved',
]

/** A ledger leaf in words, for timelines. Unknown kinds show as they stand, so that nothing is hidden. */
export function describeEvent(kind: string, facts: Facts): Text {
  if (kind === 'engagement.moved') {
    const name = String(facts['move'])
    const title = Object.hasOwn(engagementMoves, name)
      ? engagementMoves[name as EngagementMoveName].title
      : say(name, name)
    const from = engagementStateName(String(facts['from']))
    const to = engagementStateName(String(facts['to']))
    return say(`${title.zh}（${from.zh} → ${to.zh}）`, `${title.en} (${from.en} → ${to.en})`)
  }
  if (kind === 'record.written') {
    const name = String(facts['record'])
    const title = isRecordKind(name) ? recordKinds[name].title : say(name, name)
    return facts['signature']
      ? say(`签署：${title.zh}`, `Signed: ${title.en}`)
      : say(`填写：${title.zh}`, `Written: ${title.en}`)
  }
  if (kind === 'finding.moved') {
    const from = findingStateName(String(facts['from']))
    const to = findingStateName(String(facts['to']))
    return say(`漏洞：${from.zh} → ${to.zh}`, `Finding: ${from.en} → ${to.en}`)
  }
  return (Object.hasOwn(plain, kind) ? plain[kind] : undefined) ?? say(kind, kind)
}
