import { randomBytes } from 'node:crypto'
import { type DataKeys, deriveKey, headOf, oneKey, open, seal } from './seal.ts'
import type { Suite } from './suites.ts'

/*
 * `engagements.wrapped_key`: 2 ‖ length u16 ‖ the tenant's key wrapped under a key-encryption key ‖ the engagement's keys
 * wrapped under the tenant's key. So a row opens with nothing but the key-encryption keys, in any process, and says in
 * the clear by which versions it is wrapped.
 *
 * The engagement's keys: for each, kind u8 (1 fixed, 2 of records) ‖ version u16 ‖ 32 bytes.
 */

const form = 2
const formOne = 1
const entryBytes = 35
const kinds = { fixed: 1, records: 2 } as const

export type EngagementKeyRow = { readonly id: string; readonly demand_org_id: string; readonly wrapped_key: Uint8Array }
/** A tenant's key with its version and as it lies in `tenant_keys`. */
export type TenantKey = { readonly orgId: string; readonly version: number; readonly wrapped: Uint8Array }
export type Keks = { readonly suite: Suite; readonly current: number; readonly keys: ReadonlyMap<number, Uint8Array> }

const tenantPlace = (orgId: string, version: number) => ({
  table: 'tenant_keys',
  column: 'wrapped',
  row: `${orgId}/${version}`,
  version,
})
const bundlePlace = (engagementId: string, version: number) => ({
  table: 'engagements',
  column: 'wrapped_key',
  row: engagementId,
  version,
})
const kekKeys = (keks: Keks, orgId: string): DataKeys => ({
  ...oneKey(Buffer.alloc(0), keks.suite, orgId),
  current: keks.current,
  keys: keks.keys,
})

/** A new key of a tenant, wrapped under the newest key-encryption key. */
export const makeTenantKey = (keks: Keks, orgId: string, version: number): TenantKey => ({
  orgId,
  version,
  wrapped: seal(kekKeys(keks, orgId), tenantPlace(orgId, version), randomBytes(32)),
})

/** The same tenant's key under the newest key-encryption key. @throws Error when it does not open */
export const rewrapTenantKey = (keks: Keks, tenant: TenantKey): TenantKey => ({
  ...tenant,
  wrapped: seal(kekKeys(keks, tenant.orgId), tenantPlace(tenant.orgId, tenant.version), openTenantKey(keks, tenant)),
})

const openTenantKey = (keks: Keks, { orgId, version, wrapped }: TenantKey): Buffer =>
  open(kekKeys(keks, orgId), tenantPlace(orgId, version), wrapped)

/** Keys of a new engagement. */
export function newEngagementKeys(tenant: string, engagement: string, suite: Suite): DataKeys {
  return { tenant, engagement, suite, current: 1, keys: new Map([[1, randomBytes(32)]]), fixed: randomBytes(32) }
}

/** Without the engagement's share the tenant's key opens nothing of it: that is what makes a disposal final. */
const withShare = (tenantKey: Buffer, share: Buffer | null): Buffer =>
  deriveKey(share === null ? tenantKey : Buffer.concat([tenantKey, share]), 'engagement-keys')

/** Wraps the engagement's keys under its tenant's key. @throws Error when the tenant's key does not open */
export function wrapEngagementKeys(keks: Keks, tenant: TenantKey, keys: DataKeys, share: Buffer | null): Buffer {
  const entries = [
    entry(kinds.fixed, 0, keys.fixed),
    ...[...keys.keys].map(([version, key]) => entry(kinds.records, version, key)),
  ]
  const under = oneKey(withShare(openTenantKey(keks, tenant), share), keks.suite, keys.tenant, tenant.version)
  const bundle = seal(under, bundlePlace(keys.engagement, tenant.version), Buffer.concat(entries))
  const head = Buffer.alloc(3)
  head.writeUInt8(form, 0)
  head.writeUInt16BE(tenant.wrapped.length, 1)
  return Buffer.concat([head, tenant.wrapped, bundle])
}

/** By which versions a row's keys are wrapped; zeros for the first form, null where they were destroyed. */
export function wrappedBy(wrapped: Uint8Array): { kek: number; tenant: number } | null {
  if (wrapped.length === 0) return null
  if (wrapped[0] === formOne) return { kek: 0, tenant: 0 }
  const parts = partsOf(wrapped)
  const head = headOf(parts.tenant)
  if (!head) throw new Error('wrapped keys have an unknown form')
  return { kek: head.keyVersion, tenant: head.version }
}

/** The tenant's key that lies in a row's envelope. */
export function tenantKeyIn(row: EngagementKeyRow): TenantKey {
  const { tenant } = partsOf(row.wrapped_key)
  const head = headOf(tenant)
  if (!head) throw new Error('wrapped keys have an unknown form')
  return { orgId: row.demand_org_id, version: head.version, wrapped: tenant }
}

/**
 * Opens an engagement's keys.
 * @param house the installation's key: rows of before tenants had keys are wrapped under it
 * @param share the engagement's own half, from `key-shares`; null for one of before shares
 * @returns null once the share was destroyed
 * @throws Error when the row is not the engagement's, its tenant's or was changed
 */
export function openEngagementKeys(
  keks: Keks,
  house: Uint8Array,
  row: EngagementKeyRow,
  share: Buffer | null | 'destroyed',
): DataKeys | null {
  if (share === 'destroyed') return null
  const shared = { tenant: row.demand_org_id, engagement: row.id, suite: keks.suite }
  if (row.wrapped_key[0] === formOne) {
    const place = { table: 'engagements', column: 'wrapped_key', row: row.id }
    const key = open(
      oneKey(deriveKey(share === null ? house : Buffer.concat([house, share]), 'engagement-keys')),
      place,
      row.wrapped_key,
    )
    return { ...shared, current: 0, keys: new Map([[0, key]]), fixed: key }
  }
  const tenant = tenantKeyIn(row)
  const under = oneKey(withShare(openTenantKey(keks, tenant), share), keks.suite, row.demand_org_id, tenant.version)
  const bundle = open(under, bundlePlace(row.id, tenant.version), partsOf(row.wrapped_key).bundle)
  const keys = new Map<number, Buffer>()
  let fixed: Buffer | undefined
  for (let at = 0; at + entryBytes <= bundle.length; at += entryBytes) {
    const key = bundle.subarray(at + 3, at + entryBytes)
    if (bundle[at] === kinds.fixed) fixed = key
    else keys.set(bundle.readUInt16BE(at + 1), key)
  }
  if (!fixed || keys.size === 0) throw new Error('wrapped keys hold no key')
  return { ...shared, current: Math.max(...keys.keys()), keys, fixed }
}

function partsOf(wrapped: Uint8Array): { tenant: Buffer; bundle: Buffer } {
  const bytes = Buffer.from(wrapped.buffer, wrapped.byteOffset, wrapped.length)
  if (bytes[0] !== form || bytes.length < 3) throw new Error('wrapped keys have an unknown form')
  const end = 3 + bytes.readUInt16BE(1)
  return { tenant: bytes.subarray(3, end), bundle: bytes.subarray(end) }
}

function entry(kind: number, version: number, key: Uint8Array): Buffer {
  const head = Buffer.alloc(3)
  head.writeUInt8(kind, 0)
  head.writeUInt16BE(version, 1)
  return Buffer.concat([head, key])
}
