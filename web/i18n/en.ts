import { approvals } from './en/approvals.ts'
import { breakGlass } from './en/break-glass.ts'
import { account } from './en/account.ts'
import { administration } from './en/administration.ts'
import { groups } from './en/groups.ts'
import { common } from './en/common.ts'
import { engagement } from './en/engagement.ts'
import { people } from './en/people.ts'
import { scope } from './en/scope.ts'
import type { Words } from './words.ts'
import { traffic } from './en/traffic.ts'
import { findings } from './en/findings.ts'
import { imports } from './en/imports.ts'
import { testers } from './en/testers.ts'
import { reports } from './en/reports.ts'
import { ledger } from './en/ledger.ts'
import { receipts } from './en/receipts.ts'
import { timeStamps } from './en/time-stamps.ts'
import { installation } from './en/installation.ts'
import { sealing } from './en/sealing.ts'
import { notices } from './en/notices.ts'
import { personalData } from './en/personal-data.ts'
import { privacy } from './en/privacy.ts'
import { corrections } from './en/corrections.ts'
import { decoys } from './en/decoys.ts'
import { readings } from './en/readings.ts'
import { retention } from './en/retention.ts'
import { witnesses } from './en/witnesses.ts'
import { attachments } from './en/attachments.ts'
import { conduct } from './en/conduct.ts'

/** Every word on screen, English. */
export const en: Words = {
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
