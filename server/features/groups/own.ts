import { notFound } from '../../http/problems.ts'
import type { Reference } from '../../http/registry.ts'
import { ofOwnHouse } from '../people/reads.ts'

export type GroupRow = { readonly id: string; readonly name: string; readonly version: number }

export const ownGroup: Reference<GroupRow> = {
  about: 'group of my organisation',
  async load(work, id) {
    const row = await work.db
      .selectFrom('groups')
      .select(['id', 'name', 'version'])
      .where('id', '=', id)
      .where('org_id', '=', work.actor.orgId)
      .forUpdate()
      .executeTakeFirst()
    if (!row) throw notFound()
    return row
  },
}
export const ownMemberId: Reference<string> = {
  about: 'member of my organisation, not removed',
  async load(work, id) {
    const row = await ofOwnHouse(work, id).select('id').where('state', '<>', 'removed').executeTakeFirst()
    if (!row) throw notFound()
    return row.id
  },
}
