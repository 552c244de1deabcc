import type { Specification } from './specifications.ts'

/**
 * What zh_app may do with a table, beside the row policies: with `all` its columns or those named, separated by spaces. What
 * is left out it may not. Nobody changes whose a row is; digests of tokens and passwords, and keys, are seen by nobody.
 */
export type Rights = {
  readonly see?: string
  readonly add?: string
  readonly change?: string
  readonly remove?: true
}

/** By table, as the migrations are meant to grant them; a table that is not here is none of zh_app's business. */
export const rights: { readonly [table: string]: Rights } = {
  access_tokens: {
    see: 'id person_id org_id name hint scopes created_at expires_at last_used_at ended_at',
    add: 'all',
    change: 'ended_at',
  },
  account_closures: { see: 'all' },
  alert_deliveries: { see: 'all' },
  alert_hits: { see: 'all' },
  alert_receivers: { see: 'all', add: 'all', change: 'removed_by removed_at jurisdiction' },
  alerts: { see: 'all', change: 'state handled_by handled_at outcome sealed_reason' },
  approvals: { see: 'all', add: 'all', change: 'decided_by decided_at verdict sealed_reason withdrawn_at used_at' },
  attachment_links: { add: 'all' },
  attachments: {
    see: 'all',
    add: 'all',
    change: 'finding_id comment_id state preview_size sealed_facts facts_version attached_at',
    remove: true,
  },
  break_glass: { see: 'all', add: 'all', change: 'ended_at ended_by ended_org_id sealed_reason' },
  checkpoints: { see: 'all' },
  comments: { see: 'all', add: 'all' },
  cosignatures: { see: 'all' },
  correction_requests: {
    see: 'id person_id org_id decider_org_id field sealed_value sealed_reason same_browser state asked_at due_at decided_by decided_at sealed_answer',
    add: 'all',
    change: 'state decided_by decided_at sealed_answer',
  },
  credentials: { see: 'person_id org_id login last_seen_at' },
  decoy_openings: { see: 'all' },
  decoys: {
    see: 'all',
    add: 'all',
    change:
      'severity cwe sealed_title sealed_asset sealed_body sealed_note tokens counts removed_at removed_by version text_version',
  },
  disposals: { see: 'all' },
  engagement_grants: { see: 'all' },
  engagement_records: { see: 'all', add: 'all', change: 'withdrawn_at' },
  engagements: {
    see: 'all',
    add: 'all',
    change:
      'title state organizer_org_id auditor_org_id sealed_goals window_opens window_closes audit_mode data_level environment min_grade reward_table budget_fen scope_version_id stop ca_certificate sealed_ca_key finding_count letter_count updated_at version egress_addresses verified_targets_only text_version stop_reason',
  },
  enrollments: {
    see: 'all',
    add: 'all',
    change: 'state sealed_statement quiz_score quiz_passed_at pledge_digest pledged_at version',
  },
  events: { see: 'all', add: 'all' },
  exchange_words: { see: 'all' },
  exchanges: { see: 'all' },
  factor_releases: { see: 'all' },
  feed_positions: { see: 'all' },
  finding_assignees: { see: 'all', add: 'all', change: 'person_id given_by given_at', remove: true },
  finding_citations: { see: 'all', add: 'all', remove: true },
  finding_decisions: { see: 'all', add: 'all' },
  finding_tokens: { see: 'all', add: 'all', remove: true },
  findings: {
    see: 'all',
    add: 'all',
    change:
      'state severity tester_severity severity_reason cwe cvss_vector cvss_score sealed_title sealed_asset sealed_body duplicate_of passed_at lease_id letter_number scope_version_id updated_at version text_version',
  },
  group_members: { see: 'all', add: 'all', remove: true },
  groups: { see: 'all', add: 'all', change: 'name version', remove: true },
  idempotency: { see: 'all', add: 'all' },
  invitations: { see: 'all', add: 'all', change: 'ended_at' },
  leases: {
    see: 'all',
    add: 'all',
    change: 'proxy_name secret_digest salt state opens closes requests_per_second concurrency ended_at reason',
  },
  legal_holds: { see: 'all', add: 'all', change: 'lift_asked_by lift_asked_at lifted_by lifted_at' },
  letters: { see: 'all', add: 'all', change: 'state' },
  logins: { see: 'id person_id created_at seen_at expires_at ended_at agent waits_for method network device_id' },
  mail_addresses: { see: 'person_id org_id sealed_address code_expires_at given_at verified_at last_sent_at' },
  mail_choices: { see: 'all', add: 'all', remove: true },
  notices: { see: 'all', change: 'read_at' },
  oidc_identities: { see: 'all', add: 'all', remove: true },
  oidc_providers: {
    see: 'org_id label issuer client_id strong_values enabled changed_at version',
    add: 'all',
    change: 'label issuer client_id sealed_client_secret strong_values enabled changed_at version',
  },
  organisations: {
    see: 'id name kind public_key created_at jurisdiction jurisdiction_stated_at version',
    add: 'all',
    change: 'jurisdiction jurisdiction_stated_at version',
  },
  ownership_proofs: {
    see: 'all',
    add: 'all',
    change: 'object method state challenge letter_reference letter_digest checked_at check_result expires_at note',
  },
  packs: { see: 'all', add: 'all', change: 'state builder' },
  parties: { see: 'all', add: 'all' },
  passkeys: {
    see: 'id person_id org_id transports synced name created_at last_used_at ended_at',
    change: 'name ended_at',
  },
  password_resets: { see: 'id person_id org_id asked_at issued_at issued_by expires_at ended_at' },
  persons: {
    see: 'id org_id name posts state locale created_at version post_ends jurisdiction',
    change: 'posts state locale version post_ends jurisdiction',
  },
  privacy_answers: { see: 'all', add: 'all' },
  reading_purposes: { see: 'all', add: 'all' },
  reports: {
    see: 'all',
    add: 'all',
    change:
      'kind locale state revision sealed_sections pdf docx pdf_sha256 docx_sha256 signature key_fingerprint signed_by signed_at anchor version text_version',
  },
  rewards: { see: 'all', add: 'all', change: 'amount_fen state note version' },
  scope_versions: {
    see: 'all',
    add: 'all',
    change: 'state format sealed_source sealed_compiled digest unanswered approvals reason effective_at',
  },
  security_notices: { see: 'all', change: 'seen_at' },
  segments: { see: 'all' },
  separation_rules: { see: 'all', add: 'all', change: 'separated changed_at version' },
  sign_in_rules: { see: 'all', add: 'all', change: 'second_factor idle_minutes absolute_minutes version' },
  target_certificates: { see: 'all', add: 'all', remove: true },
  test_rules: { see: 'all', add: 'all', change: 'state approvals in_force_at' },
  testers: {
    see: 'all',
    add: 'all',
    change: 'identity identity_digest sealed_identity identity_verified_at grade grade_basis skills version',
  },
  time_stamps: { see: 'all' },
  two_person_rules: { see: 'all', add: 'all', change: 'members exports changed_at version disposals' },
  work_teams: { see: 'all' },
  witness_rules: { see: 'all', add: 'all', change: 'state approvals in_force_at' },
  witnesses: { see: 'all', add: 'all', change: 'removed_by removed_at' },
}

/** The database grants what is written here, column by column, and nothing else. */
export const appHasTheseRights: Specification = async ({ rowsOf, columns }, tables) => {
  const granted = await rowsOf(`
    select c.relname || ' ' || p.word || ' ' || a.attname as name from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      cross join (values ('select', 'see'), ('insert', 'add'), ('update', 'change')) p (name, word)
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_column_privilege('zh_app', c.oid, a.attnum, p.name)
    union all
    select c.relname || ' remove' from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and has_table_privilege('zh_app', c.oid, 'delete')`)
  const wanted = Object.entries(rights).flatMap(([table, { remove, ...byColumn }]) => [
    ...Object.entries(byColumn).flatMap(([act, named]) =>
      (named === 'all' ? (columns.get(table) ?? []) : named.split(' ')).map((column) => `${table} ${act} ${column}`),
    ),
    ...(remove === true ? [`${table} remove`] : []),
  ])
  const [is, should] = [new Set(granted.map((one) => String(one['name']))), new Set(wanted)]
  const about = (name: string): boolean =>
    tables.includes(name.split(' ')[0] ?? '') || !columns.has(name.split(' ')[0] ?? '')
  return [
    ...[...is].filter((name) => !should.has(name) && about(name)).map((name) => `beyond what is written: ${name}`),
    ...[...should].filter((name) => !is.has(name) && about(name)).map((name) => `lacking: ${name}`),
  ]
}
