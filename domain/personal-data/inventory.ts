import { type Text, say } from '../shared/problem.ts'

/** What personal data are used for. A purpose that rests on nothing but a wish is not here (GBT39276-5.1.1.4-c, YDT3744-6.1-01). */
export const purposes = {
  account: say('建立账号，在参与的各方之间称呼您', 'have an account, and be named among the parties you work with'),
  sign_in: say('确认登录的是您本人', 'make sure that it is you who signs in'),
  security: say(
    '发现并告知他人使用您的账号，留存网络日志',
    'notice and tell when somebody else uses your account; keep network logs',
  ),
  identity: say('测试者实名核验，一人一个身份', 'verify a tester’s real name; one person, one identity'),
  matching: say('按等级为项目挑选测试者', 'choose testers for an engagement by their grade'),
  skills: say('按您填写的技能为您挑选项目', 'choose engagements for you by the skills you state'),
  mail: say('用邮件通知您', 'send you notices by mail'),
  place: say('未公开漏洞不出境', 'keep undisclosed findings inside the mainland'),
  rights: say('办理您对个人信息的选择与请求，并能证明', 'act on what you choose and ask about your data, and prove it'),
  service: say('开展众测服务并能事后证明', 'do the crowdsourced test and be able to prove it later'),
} as const satisfies { readonly [name: string]: Text }
export type Purpose = keyof typeof purposes

const house = say('本单位', 'your organisation')
const parties = say('本单位；您参加的项目的各方', 'your organisation; the parties of engagements that you take part in')
const nobody = say('不提供给任何一方', 'nobody')
/** To whom goes what is held for a purpose, beside the operator of the platform (GBT39276-5.1.1.4-e). */
export const recipients: { readonly [purpose in Purpose]: Text } = {
  account: parties,
  sign_in: house,
  security: nobody,
  identity: say(
    '您参加的项目的各方，仅核验状态；真实姓名与证件号码不提供',
    'the parties of engagements that you take part in, the state alone; never real name or number',
  ),
  matching: say('您参加的项目的各方', 'the parties of engagements that you take part in'),
  skills: say('组织方', 'the organizer'),
  mail: say('邮件服务器，仅邮箱与不含内容的提醒', 'the mail server: the address, and a line without content'),
  place: house,
  rights: say('决定更正请求的单位，仅该请求', 'the organisation that decides on a correction, that request alone'),
  service: say('该项目的各方', 'the parties of that engagement'),
}

/** On what each use rests. What rests on consent is asked for purpose by purpose, and off until it is given (GBT39276-5.1.1.4-a). */
export const bases = {
  contract: say('履行与您或您单位的服务约定', 'the service agreed with you or your organisation'),
  real_name: say(
    'GB/T 43741 5.1，网络安全法第二十四条：实名',
    'GB/T 43741 5.1 and Cybersecurity Law art. 24: real names',
  ),
  logs: say(
    '网络安全法第二十一条第三项：网络日志不少于六个月',
    'Cybersecurity Law art. 21 (3): network logs for six months at least',
  ),
  vulnerabilities: say('网络产品安全漏洞管理规定第九条第七项', 'RMSV art. 9 (7)'),
  evidence: say('GB/T 43741 5.3：服务记录', 'GB/T 43741 5.3: the record of the service'),
  rights: say(
    '个人信息保护法第十四至十七条、第四十五至四十六条',
    'Personal Information Protection Law arts. 14 to 17, 45 and 46',
  ),
  consent: say('您的同意，可随时撤回', 'your consent, which you may withdraw at any time'),
} as const satisfies { readonly [name: string]: Text }
export type Basis = keyof typeof bases

/** How long it is kept. */
export const terms = {
  account: say('至账号注销', 'until the account is closed'),
  unused: say('180 天未使用后自动清除', 'until it was not used for 180 days'),
  days30: say('30 天', '30 days'),
  hour: say('一小时内', 'an hour'),
  log: say('不少于 184 天', '184 days at least'),
  file: say('随服务档案，不少于 1827 天', 'with the file of the service, 1,827 days at least'),
} as const satisfies { readonly [name: string]: Text }
export type Term = keyof typeof terms

export const forms = {
  plain: say('明文，仅限有权者', 'readable to those who may'),
  sealed: say('加密', 'sealed'),
  digest: say('仅存摘要，不可还原', 'a digest only, which cannot be turned back'),
} as const satisfies { readonly [name: string]: Text }
export type Form = keyof typeof forms

export type PersonalField = {
  readonly table: string
  readonly column: string
  readonly what: Text
  readonly purpose: Purpose
  readonly basis: Basis
  readonly needed: boolean
  readonly kept: Term
  readonly form: Form
}

const field = (
  place: string,
  what: Text,
  [purpose, basis, kept]: readonly [Purpose, Basis, Term],
  form: Form = 'plain',
  needed = true,
): PersonalField => {
  const [table = '', column = ''] = place.split('.')
  return { table, column, what, purpose, basis, needed, kept, form }
}

const account = ['account', 'contract', 'account'] as const
const signIn = ['sign_in', 'contract', 'account'] as const
const log = ['security', 'logs', 'log'] as const
const browser = ['security', 'contract', 'unused'] as const
const identity = ['identity', 'real_name', 'account'] as const
const mail = ['mail', 'consent', 'account'] as const
const rights = ['rights', 'rights', 'account'] as const

/**
 * Every personal value of an account, by table and column: the one home of what is stored about a person. A test walks the
 * catalogue of a real database and fails for a column of these tables that stands neither here nor in `notPersonal`
 * (GBT39276-5.1.1.4-c, YDT3744-6.1-01).
 */
export const inventory: readonly PersonalField[] = [
  field('persons.org_id', say('所属单位', 'your organisation'), account),
  field('persons.name', say('姓名', 'name'), account),
  field('persons.posts', say('岗位', 'posts'), account),
  field('persons.post_ends', say('岗位期限', 'until when posts hold'), account),
  field('persons.locale', say('界面语言', 'language of the pages'), account),
  field('persons.created_at', say('加入时间', 'when you joined'), account),
  field(
    'persons.jurisdiction',
    say('所在地', 'where you work'),
    ['place', 'vulnerabilities', 'account'],
    'plain',
    false,
  ),
  field('credentials.login', say('登录名', 'login name'), signIn),
  field('credentials.password_hash', say('密码', 'password'), signIn, 'digest'),
  field('credentials.password_set_at', say('密码设置时间', 'when the password was set'), signIn),
  field('credentials.last_seen_at', say('最近使用时间', 'when you were last here'), signIn),
  field('logins.created_at', say('登录时间', 'when you signed in'), log),
  field('logins.seen_at', say('该次登录最近使用', 'when that login was last used'), log),
  field('logins.ended_at', say('该次登录结束', 'when that login ended'), log),
  field('logins.agent', say('登录所用浏览器', 'browser you signed in with'), log),
  field('logins.address', say('登录网络地址', 'network address you signed in from'), log),
  field('logins.network', say('登录网络', 'network you signed in from'), log),
  field('logins.method', say('登录方式', 'way you signed in'), log),
  field('devices.agent', say('用过的浏览器', 'browsers you used'), browser),
  field('devices.first_at', say('该浏览器首次使用', 'first use of that browser'), browser),
  field('devices.last_at', say('该浏览器最近使用', 'last use of that browser'), browser),
  field('known_networks.network', say('用过的网络', 'networks you came from'), browser),
  field('known_networks.first_at', say('该网络首次出现', 'first seen on that network'), browser),
  field('known_networks.last_at', say('该网络最近出现', 'last seen on that network'), browser),
  field('one_time_code_secrets.sealed_secret', say('验证器密钥', 'secret of one-time codes'), signIn, 'sealed', false),
  field('recovery_codes.code_digest', say('恢复码', 'recovery codes'), signIn, 'digest', false),
  field('passkeys.name', say('通行密钥名称', 'names of passkeys'), signIn, 'plain', false),
  field('passkeys.credential_id', say('通行密钥编号', 'ids of passkeys'), signIn, 'plain', false),
  field('passkeys.public_key', say('通行密钥公钥', 'public keys of passkeys'), signIn, 'plain', false),
  field('passkeys.last_used_at', say('通行密钥最近使用', 'last use of passkeys'), signIn, 'plain', false),
  field('access_tokens.name', say('访问令牌名称', 'names of access tokens'), signIn, 'plain', false),
  field('access_tokens.last_used_at', say('访问令牌最近使用', 'last use of access tokens'), signIn, 'plain', false),
  field('password_resets.asked_at', say('申请重设密码', 'when a reset of the password was asked for'), [
    'sign_in',
    'contract',
    'days30',
  ]),
  field('factor_releases.reason', say('申请解除第二因素的理由', 'why a second factor was let go'), signIn, 'sealed'),
  field(
    'oidc_identities.email',
    say('单点登录邮箱（由管理员填写）', 'e-mail address of single sign-on, given by an administrator'),
    signIn,
    'plain',
    false,
  ),
  field('oidc_identities.subject', say('单点登录账号编号', 'account number at single sign-on'), signIn, 'plain', false),
  field('oidc_identities.issuer', say('单点登录服务', 'service of single sign-on'), signIn, 'plain', false),
  field('security_notices.facts', say('安全提示的内容', 'what security notices say'), [
    'security',
    'contract',
    'account',
  ]),
  field('testers.identity', say('实名核验状态', 'state of the identity check'), identity),
  field('testers.identity_digest', say('证件号码', 'number of the identity document'), identity, 'digest'),
  field('testers.sealed_identity', say('真实姓名与证件类型', 'real name and kind of document'), identity, 'sealed'),
  field('testers.identity_verified_at', say('实名核验时间', 'when the identity was verified'), identity),
  field('testers.grade', say('测试者等级', 'grade as a tester'), ['matching', 'contract', 'account']),
  field(
    'testers.grade_basis',
    say('定级依据', 'what the grade rests on'),
    ['matching', 'contract', 'account'],
    'sealed',
  ),
  field('mail_addresses.sealed_address', say('通知邮箱', 'address for notices by mail'), mail, 'sealed', false),
  field(
    'mail_addresses.sealed_before',
    say('更换前的通知邮箱，通知发出即删', 'the address before it, until it was told of the change'),
    mail,
    'sealed',
    false,
  ),
  field('mail_addresses.address_digest', say('邮箱摘要', 'digest of that address'), mail, 'digest', false),
  field('mail_addresses.given_at', say('填写邮箱的时间', 'when you gave the address'), mail, 'plain', false),
  field('mail_addresses.verified_at', say('确认邮箱的时间', 'when you confirmed it'), mail, 'plain', false),
  field('mail_addresses.last_sent_at', say('最近一次发信', 'when a mail last went there'), mail, 'plain', false),
  field('mail_choices.kind', say('不以邮件接收的通知', 'what you do not want by mail'), mail, 'plain', false),
  field('testers.skills', say('技能', 'skills'), ['skills', 'consent', 'account'], 'plain', false),
  field('privacy_answers.answer', say('对隐私告知的答复', 'your answers to the privacy notice'), rights),
  field('privacy_answers.purpose', say('答复所指的用途', 'the purposes that you answered for'), rights),
  field('privacy_answers.version', say('答复所依的告知版本', 'the versions of the notice that you answered'), rights),
  field('privacy_answers.language', say('告知的显示语言', 'the language in which you read it'), rights),
  field('privacy_answers.at', say('答复时间', 'when you answered'), rights),
  field('correction_requests.field', say('请求更正的信息', 'what you asked to have corrected'), rights, 'plain', false),
  field('correction_requests.sealed_value', say('请求更正为', 'what it shall be instead'), rights, 'sealed', false),
  field('correction_requests.sealed_reason', say('更正理由', 'why you asked'), rights, 'sealed', false),
  field(
    'correction_requests.value_digest',
    say('新证件号码', 'number of the new identity document'),
    rights,
    'digest',
    false,
  ),
  field('correction_requests.state', say('更正请求的状态', 'states of your requests'), rights, 'plain', false),
  field('correction_requests.asked_at', say('请求更正的时间', 'when you asked'), rights, 'plain', false),
  field('correction_requests.decided_at', say('更正决定的时间', 'when it was decided'), rights, 'plain', false),
  field('correction_requests.sealed_answer', say('更正决定的理由', 'what you were answered'), rights, 'sealed', false),
]

/** Columns of the account's tables that say nothing of a person by themselves, and why. */
export const notPersonal: { readonly [reason: string]: readonly string[] } = {
  'a made-up key that ties rows together': [
    'persons.id',
    'credentials.person_id',
    'credentials.org_id',
    'logins.id',
    'logins.person_id',
    'logins.device_id',
    'devices.id',
    'devices.person_id',
    'known_networks.person_id',
    'one_time_code_secrets.id',
    'one_time_code_secrets.person_id',
    'one_time_code_secrets.org_id',
    'recovery_codes.person_id',
    'passkeys.id',
    'passkeys.person_id',
    'passkeys.org_id',
    'access_tokens.id',
    'access_tokens.person_id',
    'access_tokens.org_id',
    'password_resets.id',
    'password_resets.person_id',
    'password_resets.org_id',
    'password_resets.issued_by',
    'factor_releases.id',
    'factor_releases.person_id',
    'factor_releases.org_id',
    'factor_releases.asked_by',
    'factor_releases.decided_by',
    'oidc_identities.id',
    'oidc_identities.person_id',
    'oidc_identities.org_id',
    'oidc_identities.created_by',
    'security_notices.id',
    'security_notices.person_id',
    'security_notices.org_id',
    'testers.person_id',
    'testers.org_id',
    'mail_addresses.person_id',
    'mail_addresses.org_id',
    'mail_choices.person_id',
    'privacy_answers.id',
    'privacy_answers.person_id',
    'privacy_answers.org_id',
    'correction_requests.id',
    'correction_requests.person_id',
    'correction_requests.org_id',
    'correction_requests.decider_org_id',
    'correction_requests.decided_by',
    'correction_requests.same_browser',
  ],
  'a state, a count or a term of the machinery': [
    'persons.state',
    'persons.version',
    'logins.expires_at',
    'logins.waits_for',
    'logins.stepped_up_at',
    'logins.end_reason',
    'one_time_code_secrets.created_at',
    'one_time_code_secrets.confirmed_at',
    'one_time_code_secrets.ended_at',
    'one_time_code_secrets.last_step',
    'recovery_codes.made_at',
    'recovery_codes.used_at',
    'passkeys.counter',
    'passkeys.transports',
    'passkeys.synced',
    'passkeys.created_at',
    'passkeys.ended_at',
    'access_tokens.scopes',
    'access_tokens.created_at',
    'access_tokens.expires_at',
    'access_tokens.ended_at',
    'password_resets.issued_at',
    'password_resets.expires_at',
    'password_resets.ended_at',
    'factor_releases.asked_at',
    'factor_releases.decided_at',
    'factor_releases.state',
    'oidc_identities.created_at',
    'oidc_identities.linked_at',
    'security_notices.kind',
    'security_notices.at',
    'security_notices.seen_at',
    'testers.version',
    'mail_addresses.code_tries',
    'mail_addresses.code_expires_at',
    'privacy_answers.part_digest',
    'correction_requests.due_at',
  ],
  'a digest or a hint of a random token': [
    'logins.token_digest',
    'devices.token_digest',
    'access_tokens.token_digest',
    'access_tokens.hint',
    'password_resets.token_digest',
    'mail_addresses.sealed_code',
  ],
}

/** Tables that are about accounts; each of their columns is judged. */
export const accountTables: readonly string[] = [...new Set(inventory.map(({ table }) => table))]

/**
 * Tables in which people appear by their made-up id because of what they did, with the columns that hold it. They are the
 * record of the service (basis: evidence; term: file); what people wrote there is sealed under the engagement's keys.
 */
export const personalTraces: { readonly [table: string]: readonly string[] } = {
  account_closures: ['person_id'],
  alert_receivers: ['added_by', 'removed_by'],
  alerts: ['person_id', 'handled_by'],
  approvals: ['asked_by', 'decided_by', 'same_browser'],
  attachment_links: ['person_id'],
  attachments: ['person_id'],
  break_glass: ['person_id', 'approved_by', 'ended_by'],
  comments: ['person_id'],
  decoy_openings: ['person_id'],
  decoys: ['person_id', 'placed_by', 'removed_by'],
  disposals: ['ordered_by', 'approved_by'],
  engagement_records: ['person_id'],
  engagement_grants: ['person_id', 'given_by'],
  enrollments: ['person_id'],
  events: ['actor'],
  exchange_words: ['person_id'],
  exchanges: ['person_id'],
  finding_assignees: ['person_id', 'given_by'],
  finding_decisions: ['person_id'],
  findings: ['person_id'],
  group_members: ['person_id'],
  idempotency: ['person_id'],
  invitations: ['created_by', 'name'],
  key_rotations: ['asked_by'],
  leases: ['person_id'],
  legal_holds: ['placed_by', 'lift_asked_by', 'lifted_by'],
  mail_queue: ['person_id'],
  notices: ['person_id'],
  packs: ['person_id'],
  reading_purposes: ['person_id'],
  reports: ['signed_by'],
  rewards: ['person_id', 'proposed_by'],
  scope_versions: ['created_by'],
  target_certificates: ['given_by'],
  test_rules: ['proposed_by'],
  witness_rules: ['proposed_by'],
  witnesses: ['registered_by', 'removed_by'],
}
