import { approvals } from './zh-CN/approvals.ts'
import { breakGlass } from './zh-CN/break-glass.ts'
import { account } from './zh-CN/account.ts'
import { administration } from './zh-CN/administration.ts'
import { groups } from './zh-CN/groups.ts'
import { common } from './zh-CN/common.ts'
import { engagement } from './zh-CN/engagement.ts'
import { scope } from './zh-CN/scope.ts'
import { people } from './zh-CN/people.ts'
import { traffic } from './zh-CN/traffic.ts'
import { findings } from './zh-CN/findings.ts'
import { imports } from './zh-CN/imports.ts'
import { testers } from './zh-CN/testers.ts'
import { reports } from './zh-CN/reports.ts'
import { ledger } from './zh-CN/ledger.ts'
import { receipts } from './zh-CN/receipts.ts'
import { timeStamps } from './zh-CN/time-stamps.ts'
import { installation } from './zh-CN/installation.ts'
import { sealing } from './zh-CN/sealing.ts'
import { notices } from './zh-CN/notices.ts'
import { personalData } from './zh-CN/personal-data.ts'
import { privacy } from './zh-CN/privacy.ts'
import { corrections } from './zh-CN/corrections.ts'
import { decoys } from './zh-CN/decoys.ts'
import { readings } from './zh-CN/readings.ts'
import { retention } from './zh-CN/retention.ts'
import { witnesses } from './zh-CN/witnesses.ts'
import { attachments } from './zh-CN/attachments.ts'
import { conduct } from './zh-CN/conduct.ts'

/** Every word on screen, Chinese. A feature adds its own file beside these and a line here. */
export const zhCN = {
  ...common,
  account,
  administration,
  groups,
  approvals,
  breakGlass,
  engagement,
  scope,
  people,
  traffic,
  findings,
  imports,
  testers,
  reports,
  ledger,
  receipts,
  notices,
  personalData,
  privacy,
  corrections,
  decoys,
  readings,
  retention,
  sealing,
  installation,
  witnesses,
  timeStamps,
  attachments,
  conduct,
}
