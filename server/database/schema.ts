import type { PostEnds } from '@zhongheng/domain/access/held-posts.ts'
import type { Stay } from '@zhongheng/domain/engagements/nodes.ts'
import type { ColumnType, Generated } from 'kysely'

/** Of a tunnel that was not looked into: what its hello said, and how much went each way. */
export type TunnelFacts = {
  readonly serverName: string | null
  readonly alpn: readonly string[]
  readonly carried: {
    readonly requestBytes: number
    readonly responseBytes: number
    readonly requestChunks: number
    readonly responseChunks: number
  } | null
}

/** Columns as PostgreSQL gives them: timestamps as Date, bigint as string, bytea as Buffer. */
type Big = ColumnType<string, string | number | bigint, string | number | bigint>
type When = Date
type Json<T> = ColumnType<T, string, string>

export type Database = {
  organisations: {
    id: string
    name: string
    kind: string
    public_key: string
    sealed_private_key: Buffer
    created_at: When
    /** ISO 3166-1 alpha-2; null: nobody said. */
    jurisdiction: string | null
    /** Null: presumed when this was introduced. */
    jurisdiction_stated_at: When | null
    version: Generated<number>
  }
  persons: {
    id: string
    org_id: string
    name: string
    posts: string[]
    /** Until when posts hold; see `domain/access/held-posts.ts`. */
    post_ends: Generated<PostEnds>
    state: Generated<string>
    locale: Generated<string>
    created_at: When
    version: Generated<number>
    /** Null: where the organisation is. */
    jurisdiction: Generated<string | null>
  }
  credentials: {
    person_id: string
    org_id: string
    login: string
    password_hash: string
    last_seen_at: When | null
    password_set_at: Generated<When>
  }
  logins: {
    id: string
    person_id: string
    token_digest: string
    created_at: When
    seen_at: When
    expires_at: When
    ended_at: When | null
    agent: Generated<string>
    waits_for: string | null
    method: Generated<string>
    address: Generated<string>
    network: Generated<string>
    device_id: string | null
    stepped_up_at: When | null
    end_reason: string | null
  }
  throttles: { key: string; since: When; count: number; marks: Generated<When[]> }
  devices: {
    id: string
    person_id: string
    token_digest: string
    agent: string
    first_at: When
    last_at: When
  }
  known_networks: { person_id: string; network: string; first_at: When; last_at: When }
  one_time_code_secrets: {
    id: string
    person_id: string
    org_id: string
    sealed_secret: Buffer
    created_at: When
    confirmed_at: When | null
    ended_at: When | null
    last_step: ColumnType<string, number | string | undefined, number | string>
  }
  recovery_codes: { person_id: string; code_digest: string; made_at: When; used_at: When | null }
  passkeys: {
    id: string
    person_id: string
    org_id: string
    credential_id: string
    public_key: Buffer
    counter: Big
    transports: string[]
    synced: boolean
    name: string
    created_at: When
    last_used_at: When | null
    ended_at: When | null
  }
  spent_ceremonies: { digest: string; expires_at: When }
  access_tokens: {
    id: string
    person_id: string
    org_id: string
    name: string
    token_digest: string
    hint: string
    scopes: string[]
    created_at: When
    expires_at: When
    last_used_at: When | null
    ended_at: When | null
  }
  password_resets: {
    id: string
    person_id: string
    org_id: string
    asked_at: When
    issued_at: When | null
    issued_by: string | null
    token_digest: string | null
    expires_at: When | null
    ended_at: When | null
  }
  factor_releases: {
    id: string
    person_id: string
    org_id: string
    reason: string
    asked_by: string
    asked_at: When
    decided_by: string | null
    decided_at: When | null
    state: string
  }
  sign_in_rules: {
    org_id: string
    second_factor: string
    idle_minutes: number | null
    absolute_minutes: number | null
    version: Generated<number>
  }
  oidc_providers: {
    org_id: string
    label: string
    issuer: string
    client_id: string
    sealed_client_secret: Buffer
    strong_values: string[]
    enabled: boolean
    changed_at: When
    version: Generated<number>
  }
  oidc_identities: {
    id: string
    person_id: string
    org_id: string
    issuer: string
    subject: string | null
    email: string | null
    created_by: string
    created_at: When
    linked_at: When | null
  }
  security_notices: {
    id: string
    person_id: string
    org_id: string
    kind: string
    facts: Json<{ [name: string]: string }>
    at: When
    seen_at: When | null
  }
  notices: {
    id: string
    person_id: string
    org_id: string
    kind: string
    engagement_id: string | null
    finding_id: string | null
    about: Generated<string>
    facts: Json<{ [name: string]: string }>
    times: Generated<number>
    at: When
    read_at: When | null
    mailed_at: Generated<When | null>
  }
  mail_addresses: {
    person_id: string
    org_id: string
    sealed_address: Buffer
    address_digest: string
    sealed_code: Buffer | null
    code_expires_at: When | null
    code_tries: Generated<number>
    given_at: When
    verified_at: When | null
    last_sent_at: When | null
    sealed_before: Generated<Buffer | null>
  }
  mail_choices: { person_id: string; kind: string }
  privacy_notices: { version: string; content: Json<unknown>; since: When }
  privacy_answers: {
    id: string
    person_id: string
    org_id: string
    answer: string
    purpose: string | null
    version: string
    part_digest: string
    language: string
    at: When
  }
  correction_requests: {
    id: string
    person_id: string
    org_id: string
    decider_org_id: string
    field: string
    sealed_value: Buffer
    sealed_reason: Buffer
    value_digest: string | null
    same_browser: string[]
    state: string
    asked_at: When
    due_at: When
    decided_by: string | null
    decided_at: When | null
    sealed_answer: Buffer | null
  }
  mail_queue: {
    id: string
    person_id: string
    org_id: string
    purpose: string
    state: string
    tries: Generated<number>
    at: When
    next_try_at: When | null
    ended_at: Generated<When | null>
    fault: Generated<string | null>
    address_digest: Generated<string | null>
  }
  invitations: {
    id: string
    org_id: string
    name: string
    posts: string[]
    token_digest: string
    created_by: string
    created_at: When
    expires_at: When
    accepted_at: When | null
    ended_at: When | null
  }
  testers: {
    person_id: string
    org_id: string
    identity: Generated<string>
    identity_digest: string | null
    sealed_identity: Buffer | null
    identity_verified_at: When | null
    grade: Generated<number>
    grade_basis: string | null
    skills: Generated<string[]>
    version: Generated<number>
  }
  idempotency: {
    person_id: string
    route: string
    key: string
    body_digest: string
    status: number
    reply: Json<unknown>
    at: When
  }
  engagements: {
    id: string
    number: string
    title: string
    state: string
    demand_org_id: string
    organizer_org_id: string | null
    auditor_org_id: string | null
    sealed_goals: Buffer
    wrapped_key: Buffer
    window_opens: When | null
    window_closes: When | null
    audit_mode: string | null
    data_level: string
    environment: string
    min_grade: Generated<number>
    reward_table: Json<{ severity: string; minFen: number; maxFen: number }[]>
    budget_fen: Big
    scope_version_id: string | null
    /** The reason lies sealed beside it. */
    stop: Json<{ byRole: string; reason: string; at: string } | null>
    stop_reason: Generated<string | null>
    egress_addresses: Generated<string[]>
    verified_targets_only: Generated<boolean>
    /** Where it is served, in order of time; empty: at node 0. */
    nodes: ColumnType<readonly Stay[], string | undefined, string>
    ca_certificate: string | null
    sealed_ca_key: Buffer | null
    /** For so many days after its sealing recorded traffic is kept. */
    traffic_days: Generated<number>
    traffic_disposed_at: Generated<When | null>
    file_disposed_at: Generated<When | null>
    /** In which blocks of the index it has traffic; kept by the table of exchanges itself. */
    traffic_blocks: Generated<number[]>
    finding_count: Generated<number>
    letter_count: Generated<number>
    created_at: When
    updated_at: When
    version: Generated<number>
    text_version: Generated<number>
  }
  parties: { engagement_id: string; org_id: string; role: string }
  scope_versions: {
    id: string
    engagement_id: string
    number: number
    state: string
    format: string
    sealed_source: Buffer
    sealed_compiled: Buffer
    digest: string
    unanswered: number
    approvals: ColumnType<string[], string | undefined, string>
    reason: string | null
    created_by: string
    created_at: When
    effective_at: When | null
  }
  ownership_proofs: {
    id: string
    engagement_id: string
    object: string
    method: string
    state: string
    challenge: string
    letter_reference: string | null
    letter_digest: string | null
    checked_at: When | null
    check_result: Json<{ zh: string; en: string } | null>
    expires_at: When | null
    created_at: When
    note: Generated<string | null>
  }
  engagement_records: {
    id: string
    engagement_id: string
    kind: string
    role: string
    org_id: string
    person_id: string
    scope_version_id: string | null
    choices: Json<{ [field: string]: string | boolean }>
    sealed_fields: Buffer
    digest: string
    signature: string | null
    key_fingerprint: string | null
    withdrawn_at: When | null
    at: When
  }
  letters: {
    id: string
    engagement_id: string
    number: string
    check_code: string
    scope_version_id: string
    opens: When
    closes: When
    state: string
    pdf: Buffer
    docx: Buffer
    pdf_sha256: string
    docx_sha256: string
    issued_at: When
  }
  enrollments: {
    id: string
    engagement_id: string
    person_id: string
    org_id: string
    state: string
    sealed_statement: Buffer | null
    quiz_score: number | null
    quiz_passed_at: When | null
    pledge_digest: string | null
    pledged_at: When | null
    created_at: When
    version: Generated<number>
  }
  leases: {
    id: string
    engagement_id: string
    enrollment_id: string
    person_id: string
    org_id: string
    proxy_name: string
    secret_digest: string
    salt: string
    state: string
    opens: When
    closes: When
    requests_per_second: number
    slowed_to: ColumnType<number | null, number | null | undefined, number | null>
    concurrency: number
    issued_at: When
    ended_at: When | null
    reason: string | null
  }
  exchanges: {
    sequence: Big
    id: string
    engagement_id: string
    lease_id: string
    person_id: string
    org_id: string
    segment_id: string
    kind: string
    started_at: When
    finished_at: When
    scheme: string
    method: string
    host: string
    port: number
    path: string
    address: string | null
    status: number
    outcome: string
    content_type: string | null
    target_verified: boolean | null
    request_bytes: Big
    response_bytes: Big
    request_digest: string
    response_digest: string
    policy_digest: string
    refusal: Json<{ code: string; rule: string; detail: string; detailZh?: string } | null>
    http_version: string | null
    notes: Generated<string[]>
    tunnel: Json<TunnelFacts | null>
    target_fault: string | null
    egress: string | null
  }
  alerts: {
    id: string
    engagement_id: string
    lease_id: string
    person_id: string
    org_id: string
    kind: string
    host: string
    severity: string
    response: string
    state: string
    exchanges: number
    most: number
    first_at: When
    last_at: When
    raised_at: When
    handled_by: string | null
    handled_at: When | null
    outcome: string | null
    sealed_reason: Buffer | null
  }
  alert_receivers: {
    id: string
    engagement_id: string
    name: string
    channel: string
    address: string
    form: string
    authority: string | null
    sealed_secret: Buffer | null
    added_by: string
    added_at: When
    removed_by: string | null
    removed_at: When | null
    last_sent_at: When | null
    last_failure_at: When | null
    last_failure: Json<{ zh: string; en: string } | null> | null
    /** Null: nobody said, and nothing is sent. */
    jurisdiction: string | null
  }
  alert_deliveries: {
    id: string
    receiver_id: string
    engagement_id: string
    what: string
    grade: string
    at: When
    message: string
    state: string
    tries: Generated<number>
    next_try_at: When | null
  }
  account_closures: {
    person_id: string
    org_id: string
    closed_at: When
    logins_until: When
    logins_gone_at: When | null
    identity_until: When | null
    identity_gone_at: When | null
  }
  alert_hits: {
    alert_id: string
    exchange_id: string
    sequence: Big
    engagement_id: string
    org_id: string
    side: string
    count: number
    position: Big
    digest: string
  }
  test_rules: {
    id: string
    engagement_id: string
    number: number
    state: string
    sealed_rules: Buffer
    digest: string
    sealed_reason: Buffer
    approvals: string[]
    proposed_by: string
    proposed_role: string
    proposed_at: When
    in_force_at: When | null
  }
  exchange_ids: { id: string }
  exchange_words: {
    sequence: Big
    engagement_id: string
    person_id: string
    org_id: string
    words: string[]
    whole: boolean
  }
  target_certificates: {
    id: string
    engagement_id: string
    host: string
    certificate: string
    fingerprint: string
    subject: string
    expires_at: When
    sealed_key: Buffer
    given_by: string
    given_at: When
  }
  segments: {
    number: Generated<string>
    id: string
    engagement_id: string
    exchanges: number
    first_sequence: Big
    last_sequence: Big
    bytes: Big
    sha256: string
    root: string
    sealed_at: When
  }
  feed_positions: { name: string; position: Big; seen_at: When }
  findings: {
    id: string
    engagement_id: string
    number: string
    person_id: string
    org_id: string
    state: string
    severity: string
    tester_severity: string
    severity_reason: string | null
    cwe: string
    cvss_vector: string | null
    cvss_score: string | null
    sealed_title: Buffer
    sealed_asset: Buffer
    sealed_body: Buffer
    duplicate_of: string | null
    passed_at: When | null
    lease_id: string
    letter_number: string | null
    scope_version_id: string
    submitted_at: When
    updated_at: When
    version: Generated<number>
    text_version: Generated<number>
  }
  finding_assignees: {
    finding_id: string
    org_id: string
    engagement_id: string
    person_id: string
    given_by: string
    given_at: When
  }
  finding_citations: {
    finding_id: string
    engagement_id: string
    exchange_id: string
    place: number
    request_digest: string
    response_digest: string
  }
  finding_decisions: {
    id: string
    finding_id: string
    engagement_id: string
    move: string
    from_state: string
    to_state: string
    person_id: string
    role: string
    reason_code: string | null
    sealed_reason: Buffer
    cites: string | null
    event_id: string
    at: When
  }
  comments: {
    id: string
    finding_id: string
    engagement_id: string
    audience: string
    org_id: string
    person_id: string
    role: string
    sealed_body: Buffer
    at: When
  }
  attachments: {
    id: string
    engagement_id: string
    finding_id: string | null
    comment_id: string | null
    org_id: string
    person_id: string
    state: string
    size: Big
    preview_size: number
    sealed_facts: Buffer
    facts_version: Generated<number>
    made_at: When
    attached_at: When | null
  }
  attachment_links: {
    token_digest: string
    attachment_id: string
    person_id: string
    login_id: string | null
    made_at: When
    expires_at: When
    used_at: When | null
  }
  rewards: {
    id: string
    finding_id: string
    engagement_id: string
    org_id: string
    person_id: string
    amount_fen: Big
    state: string
    note: string
    proposed_by: string
    proposed_at: When
    version: Generated<number>
  }
  reports: {
    id: string
    engagement_id: string
    kind: string
    locale: string
    state: string
    revision: number
    sealed_sections: Buffer
    pdf: Buffer | null
    docx: Buffer | null
    pdf_sha256: string | null
    docx_sha256: string | null
    signature: string | null
    key_fingerprint: string | null
    signed_by: string | null
    signed_at: When | null
    anchor: Json<{ position: number; root: string; checkCode: string } | null>
    created_at: When
    version: Generated<number>
    text_version: Generated<number>
  }
  tenant_keys: { org_id: string; version: number; wrapped: Buffer; made_at: When }
  sealing_state: {
    only_one: Generated<boolean>
    mark: string | null
    kek: Generated<number>
    closed_at: When | null
    /** Kind and digest. */
    keeper: string | null
  }
  key_rotations: {
    id: string
    kind: 'kek' | 'tenant' | 'engagement'
    org_id: string | null
    engagement_id: string | null
    state: Generated<'asked' | 'running' | 'settling' | 'done'>
    total: Generated<number>
    done: Generated<number>
    fault: Json<{ zh: string; en: string } | null> | null
    asked_by: string | null
    asked_at: When
    settles_at: When | null
    ended_at: When | null
    target: number | null
    step: Generated<number>
    cursor: Generated<string>
    settling_since: When | null
  }
  finding_tokens: { finding_id: string; engagement_id: string; source: string; token: Buffer; count: number }
  witnesses: {
    id: string
    org_id: string
    name: string
    verifier_key: string
    public_key: string
    registered_by: string
    registered_at: When
    removed_by: string | null
    removed_at: When | null
    last_size: Big | null
    last_at: When | null
    late_since: When | null
    disagrees_since: When | null
    disagrees_size: Big | null
    jurisdiction: string | null
  }
  checkpoints: { size: Big; root: string; note: string; offered_at: When }
  cosignatures: {
    size: Big
    witness_id: string
    org_id: string
    line: string
    signed_at: When
    received_at: When
  }
  witness_rules: {
    id: string
    engagement_id: string
    needed: number
    witness_ids: string[]
    state: string
    approvals: string[]
    proposed_by: string
    proposed_at: When
    in_force_at: When | null
  }
  reading_purposes: {
    id: string
    engagement_id: string
    org_id: string
    person_id: string
    sealed_purpose: Buffer
    at: When
    until: When
  }
  legal_holds: {
    id: string
    org_id: string
    engagement_id: string | null
    sealed_words: Buffer
    placed_by: string
    placed_at: When
    lift_asked_by: string | null
    lift_asked_at: When | null
    lifted_by: string | null
    lifted_at: When | null
  }
  approvals: {
    id: string
    org_id: string
    engagement_id: string | null
    kind: string
    digest: string
    sealed_words: Buffer
    asked_by: string
    asked_at: When
    expires_at: When
    same_browser: string[]
    decided_by: string | null
    decided_at: When | null
    verdict: 'approved' | 'refused' | null
    sealed_reason: Buffer | null
    withdrawn_at: When | null
    used_at: When | null
  }
  decoys: {
    id: string
    engagement_id: string
    org_id: string
    number: string
    person_id: string
    severity: string
    cwe: string
    sealed_title: Buffer
    sealed_asset: Buffer
    sealed_body: Buffer
    sealed_note: Buffer
    tokens: Buffer[]
    counts: number[]
    exchange_ids: string[]
    letter_number: string | null
    scope_version_id: string
    submitted_at: When
    settles_at: When
    placed_by: string
    event_id: string
    removed_at: When | null
    removed_by: string | null
    version: Generated<number>
    text_version: Generated<number>
  }
  decoy_openings: {
    event_id: string
    decoy_id: string
    engagement_id: string
    person_id: string
    org_id: string
    way: string
    at: When
  }
  break_glass: {
    id: string
    engagement_id: string
    org_id: string
    person_id: string
    approval_id: string
    approved_by: string
    sealed_purpose: Buffer
    opened_at: When
    ends_at: When
    ended_at: When | null
    ended_by: string | null
    ended_org_id: string | null
    sealed_reason: Buffer | null
  }
  groups: {
    id: string
    org_id: string
    name: string
    created_at: When
    version: Generated<number>
  }
  group_members: {
    group_id: string
    org_id: string
    person_id: string
  }
  work_teams: {
    engagement_id: string
    org_id: string
    changed_at: When
    version: Generated<number>
  }
  engagement_grants: {
    engagement_id: string
    org_id: string
    group_id: string | null
    person_id: string | null
    ends_at: When | null
    given_by: string
    given_at: When
  }
  separation_rules: {
    org_id: string
    separated: boolean
    changed_at: When
    version: Generated<number>
  }
  two_person_rules: {
    org_id: string
    members: boolean
    exports: boolean
    disposals: Generated<boolean>
    changed_at: When
    version: Generated<number>
  }
  disposals: {
    id: string
    engagement_id: string
    what: 'traffic' | 'file'
    sealed_words: Buffer
    ordered_by: string
    approved_by: string | null
    ordered_at: When
    done_at: When | null
    segments: number | null
    segments_digest: string | null
  }
  packs: {
    id: string
    engagement_id: string
    org_id: string
    person_id: string
    kind: 'engagement' | 'finding' | 'period'
    finding_id: string | null
    from_at: When | null
    to_at: When | null
    redaction: 'none' | 'secrets' | 'bodies'
    state: 'queued' | 'building' | 'ready' | 'failed' | 'cancelled' | 'expired'
    stage: Generated<string>
    progress: Generated<number>
    builder: string | null
    beat_at: When | null
    tries: Generated<number>
    bytes: Big | null
    sha256: string | null
    failure: Json<{ zh: string; en: string } | null> | null
    asked_at: When
    ready_at: When | null
    expires_at: When | null
  }
  time_stamps: {
    id: string
    size: Big
    root: string
    note: string
    request: Buffer
    answer: Buffer | null
    state: 'asked' | 'exported' | 'held' | 'failed'
    reason: 'regular' | 'report' | 'stop' | 'manual'
    tries: Generated<number>
    next_try_at: When | null
    failure: Json<{ zh: string; en: string } | null> | null
    stamped_at: When | null
    policy: string | null
    authority: string | null
    asked_at: When
  }
  ledger_state: {
    only_one: Generated<boolean>
    token: Big
    holder: string
    since: When | null
    fault: Json<{ kind: string; what: { zh: string; en: string } }> | null
  }
  ledger_restores: {
    id: string
    at: When
    kind: 'database_behind' | 'ledger_behind' | 'both_behind'
    gap_first: Big
    gap_end: Big
    lost: Big
    mark_size: Big | null
    mark_root: string | null
    reason_digest: string
    sealed_reason: Buffer
  }
  ledger_scrubs: {
    only_one: Generated<boolean>
    began_at: When | null
    size: Big
    position: Big
    ended_at: When | null
    result: 'whole' | 'damaged' | null
    ended_size: Big | null
    fault: Json<{ file: string; entry?: number; before?: number; what: { zh: string; en: string } }> | null
  }
  events: {
    seq: Generated<string>
    id: string
    at: When
    kind: string
    engagement_id: string | null
    subject: string | null
    actor: string
    role: string
    org_id: string | null
    audience: string
    leaf: string
    ledger_index: Big | null
  }
}
