import type { Work } from '../work/work.ts'
import type { TenantKey } from './engagement-envelope.ts'

/**
 * The newest key of an organisation, made now where it has none. Its row is held until this commit, so that a rotation
 * that runs meanwhile sees what was wrapped under it. Runs as the system: people read no keys.
 */
export const tenantKeyOf = (work: Work, orgId: string): Promise<TenantKey> =>
  work.asSystem(async (db) => {
    const newest = () =>
      db
        .selectFrom('tenant_keys')
        .select(['version', 'wrapped'])
        .where('org_id', '=', orgId)
        .orderBy('version', 'desc')
        .limit(1)
        .forShare()
        .executeTakeFirst()
    let row = await newest()
    if (!row) {
      const made = work.deps.keys.newTenantKey(orgId, 1)
      // Two first engagements at once: one key stays, and both use it.
      await db
        .insertInto('tenant_keys')
        .values({ org_id: orgId, version: 1, wrapped: Buffer.from(made.wrapped), made_at: work.now })
        .onConflict((conflict) => conflict.doNothing())
        .execute()
      row = await newest()
    }
    if (!row) throw new Error(`the key of ${orgId} is not there`)
    return { orgId, version: row.version, wrapped: row.wrapped }
  })
