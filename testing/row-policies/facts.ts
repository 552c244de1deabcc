import type { Row, RowWorld, Tenant } from './world.ts'

/** What the rules look up beside the row at hand, as the database's owner reads it. */
export type Facts = {
  readonly engagements: readonly Row[]
  readonly enrollments: readonly Row[]
  readonly findings: readonly Row[]
  readonly comments: readonly Row[]
  readonly citations: readonly Row[]
  readonly attachments: readonly Row[]
  readonly approvals: readonly Row[]
  readonly witnesses: readonly Row[]
  readonly organisations: readonly Row[]
  readonly persons: readonly Row[]
  readonly groups: readonly Row[]
  readonly groupMembers: readonly Row[]
  readonly grants: readonly Row[]
  /** When the database thinks it is; the same throughout a transaction. */
  readonly now: Date
  /** The role that a house has on an engagement; undefined where it is no party. */
  role(engagementId: unknown, org: string): string | undefined
}

export async function readFacts({ rowsOf }: RowWorld): Promise<Facts> {
  const all = (table: string) => rowsOf(`select * from ${table}`)
  const parties = await all('parties')
  return {
    engagements: await all('engagements'),
    enrollments: await all('enrollments'),
    findings: await all('findings'),
    comments: await all('comments'),
    citations: await all('finding_citations'),
    attachments: await all('attachments'),
    approvals: await all('approvals'),
    witnesses: await all('witnesses'),
    organisations: await all('organisations'),
    persons: await all('persons'),
    groups: await all('groups'),
    groupMembers: await all('group_members'),
    grants: await all('engagement_grants'),
    now: (await rowsOf('select now() as now'))[0]?.['now'] as Date,
    role: (engagementId, org) =>
      parties.find((one) => one['engagement_id'] === engagementId && one['org_id'] === org)?.['role'] as
        | string
        | undefined,
  }
}

/** Whether somebody may do something with a row. */
export type Rule = (who: Tenant, row: Row, facts: Facts) => boolean
/**
 * Who may do what with the rows of a table; what is left out nobody may. `changed` is what a row may become where that is
 * another question than whether it may be changed.
 */
export type TableRules = {
  readonly see?: Rule
  readonly add?: Rule
  readonly change?: Rule
  readonly changed?: Rule
  readonly remove?: Rule
}
