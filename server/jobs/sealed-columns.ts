import { type RawBuilder, sql } from 'kysely'

/** Where values lie that are sealed under an engagement's keys. Their place is table, column, row and version. */
export type SealedColumns = {
  readonly table: string
  /** Column with the engagement's id. */
  readonly engagement: string
  readonly columns: readonly string[]
  /** Columns of text: `zhs2:` and base64. */
  readonly text?: readonly string[]
  /** Columns whose place has the row's version, and where that stands. */
  readonly versioned?: { readonly columns: readonly string[]; readonly by: string }
}

/** All of them: a test plays an engagement and looks through every table for a value that is missing here. */
export const sealedColumns: readonly SealedColumns[] = [
  {
    table: 'engagements',
    engagement: 'id',
    columns: ['sealed_goals', 'sealed_ca_key'],
    text: ['stop_reason'],
    versioned: { columns: ['sealed_goals'], by: 'text_version' },
  },
  { table: 'scope_versions', engagement: 'engagement_id', columns: ['sealed_source', 'sealed_compiled'] },
  { table: 'ownership_proofs', engagement: 'engagement_id', columns: [], text: ['note'] },
  { table: 'leases', engagement: 'engagement_id', columns: [], text: ['reason'] },
  { table: 'engagement_records', engagement: 'engagement_id', columns: ['sealed_fields'] },
  { table: 'letters', engagement: 'engagement_id', columns: ['pdf', 'docx'] },
  { table: 'enrollments', engagement: 'engagement_id', columns: ['sealed_statement'] },
  { table: 'test_rules', engagement: 'engagement_id', columns: ['sealed_rules', 'sealed_reason'] },
  { table: 'target_certificates', engagement: 'engagement_id', columns: ['sealed_key'] },
  {
    table: 'findings',
    engagement: 'engagement_id',
    columns: ['sealed_title', 'sealed_asset', 'sealed_body'],
    versioned: { columns: ['sealed_title', 'sealed_asset', 'sealed_body'], by: 'text_version' },
  },
  {
    table: 'decoys',
    engagement: 'engagement_id',
    columns: ['sealed_title', 'sealed_asset', 'sealed_body', 'sealed_note'],
    versioned: { columns: ['sealed_title', 'sealed_asset', 'sealed_body', 'sealed_note'], by: 'text_version' },
  },
  { table: 'alerts', engagement: 'engagement_id', columns: ['sealed_reason'] },
  { table: 'alert_receivers', engagement: 'engagement_id', columns: ['sealed_secret'] },
  { table: 'finding_decisions', engagement: 'engagement_id', columns: ['sealed_reason'] },
  { table: 'reading_purposes', engagement: 'engagement_id', columns: ['sealed_purpose'] },
  { table: 'comments', engagement: 'engagement_id', columns: ['sealed_body'] },
  {
    table: 'attachments',
    engagement: 'engagement_id',
    columns: ['sealed_facts'],
    versioned: { columns: ['sealed_facts'], by: 'facts_version' },
  },
  {
    table: 'rewards',
    engagement: 'engagement_id',
    columns: [],
    text: ['note'],
    versioned: { columns: ['note'], by: 'version' },
  },
  {
    table: 'reports',
    engagement: 'engagement_id',
    columns: ['sealed_sections', 'pdf', 'docx'],
    versioned: { columns: ['sealed_sections'], by: 'text_version' },
  },
]

/**
 * What lies under keys that no rotation reaches: those derived from the house key, by purpose, with where it lies and why. The
 * guide on sealing keys says the same to the operator; a test holds both lists to the columns of a real database and to the code.
 */
export const houseSealed: { readonly [purpose: string]: { readonly lies: readonly string[]; readonly why: string } } = {
  identity: {
    lies: ['testers.sealed_identity', 'testers.grade_basis'],
    why: 'a digest of the document keeps accounts apart',
  },
  'organisation-keys': { lies: ['organisations.sealed_private_key'], why: 'signatures name its public half' },
  'one-time-codes': {
    lies: ['one_time_code_secrets.sealed_secret'],
    why: 'renewed by whoever sets their codes up anew',
  },
  'recovery-codes': { lies: [], why: 'digests only; renewed with the codes' },
  'factor-releases': { lies: ['factor_releases.reason'], why: 'history' },
  oidc: { lies: ['oidc_providers.sealed_client_secret'], why: 'renewed with the secret at the provider' },
  ceremonies: { lies: [], why: 'tickets in browsers, dead within minutes' },
  replies: { lies: ['idempotency.reply'], why: 'gone within days' },
  'mail-addresses': {
    lies: ['mail_addresses.sealed_address', 'mail_addresses.sealed_code', 'mail_addresses.sealed_before'],
    why: 'a digest of the address limits mails to it',
  },
  corrections: {
    lies: [
      'correction_requests.sealed_value',
      'correction_requests.sealed_reason',
      'correction_requests.sealed_answer',
    ],
    why: 'history',
  },
  approvals: { lies: ['approvals.sealed_words', 'approvals.sealed_reason'], why: 'history that no role may change' },
  'break-glass': { lies: ['break_glass.sealed_purpose', 'break_glass.sealed_reason'], why: 'history' },
  retention: { lies: ['legal_holds.sealed_words', 'disposals.sealed_words'], why: 'history that no role may change' },
  'ledger-restores': { lies: ['ledger_restores.sealed_reason'], why: 'history that no role may change' },
  'gateway-authority': { lies: ['keys/gateway-authority.json'], why: 'tools trust its certificate' },
  'signing-keys': {
    lies: ['keys/policy.key', 'keys/installation.key'],
    why: 'the gateway trusts the one, packs were signed by the other',
  },
  mark: { lies: [], why: 'tells this installation from others' },
}

/** Whether a value is sealed under another key version than this; false where there is none. */
export function underAnother(column: string, text: boolean, version: number): RawBuilder<boolean> {
  const name = sql.ref(column)
  const bytes = text ? sql`decode(substr(${name}, 6, 8), 'base64')` : sql`substring(${name} from 1 for 4)`
  const there = text ? sql`left(${name}, 5) = 'zhs2:'` : sql`length(${name}) > 40`
  return sql<boolean>`(case when ${name} is null or not ${there} then false else (
    select case get_byte(b, 0) when 1 then ${version} <> 0 when 2 then get_byte(b, 2) * 256 + get_byte(b, 3) <> ${version}
      else false end from (select ${bytes} as b) head) end)`
}
