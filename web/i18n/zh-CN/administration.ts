/** The administration record, for the audit administrator. */
export const administration = {
  title: '管理记录',
  entries: '管理与登录事项',
  about: '本单位管理员做了什么、谁登录过、谁被拒绝。供审计管理员查看，任何人不能修改；每一条都在账本中。',
  empty: '还没有管理记录',
  emptyWhy: '邀请成员、变更岗位与规则、审批、紧急访问和登录都会记在这里。',
  emptyFiltered: '没有符合筛选条件的记录',
  emptyFilteredWhy: '换一个类别、人员或日期，或清除筛选。',
  platform: '平台或其他单位',
  column: { at: '时间', by: '操作人', what: '事项', about: '涉及', area: '类别', ledger: '账本' },
  filter: {
    area: '类别',
    anything: '全部类别',
    person: '人员',
    anybody: '全部人员',
  },
  area: {
    members: '成员与岗位',
    rules: '规则',
    approvals: '审批',
    emergency: '紧急访问',
    decoys: '诱饵漏洞',
    sign_in: '登录',
    credentials: '密码与令牌',
    platform: '平台',
    refusals: '被拒绝的操作',
  },
}
