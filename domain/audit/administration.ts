import { postsIn } from '../access/describe-act.ts'
import { correctionName } from '../personal-data/corrections.ts'
import { purposes } from '../personal-data/inventory.ts'
import { isConsentPurpose } from '../personal-data/notice.ts'
import { type Text, say } from '../shared/problem.ts'

/** What an audit administrator looks through, area by area (GBT43741-PS-04, GBT43741-PS-05). */
export const administrationAreas = [
  'members',
  'rules',
  'approvals',
  'emergency',
  'decoys',
  'copies',
  'sign_in',
  'credentials',
  'platform',
  'refusals',
] as const
export type AdministrationArea = (typeof administrationAreas)[number]

const kinds: { readonly [area in AdministrationArea]: readonly string[] } = {
  members: [
    'member.invited',
    'member.invitation_ended',
    'member.joined',
    'member.changed',
    'member.placed',
    'account.closed',
    'personal_data.exported',
    'correction.asked',
    'correction.opened',
    'correction.granted',
    'correction.refused',
    'correction.withdrawn',
    'privacy.acknowledged',
    'consent.given',
    'consent.withdrawn',
    'group.made',
    'group.changed',
    'group.removed',
    'work_team.changed',
    'password.reset_issued',
    'factor.release_asked',
    'factor.release_refused',
    'factor.released',
    'oidc.identity_added',
    'oidc.identity_removed',
  ],
  rules: ['two_persons.rules_changed', 'separation.changed', 'sign_in.rules_changed', 'oidc.provider_changed'],
  approvals: ['approval.asked', 'approval.given', 'approval.refused', 'approval.withdrawn', 'approval.used'],
  emergency: ['break_glass.opened', 'break_glass.ended'],
  decoys: ['decoy.placed', 'decoy.changed', 'decoy.removed', 'decoy.opened'],
  copies: ['copy.traced'],
  sign_in: [
    'login.began',
    'login.refused',
    'login.ended',
    'login.revoked',
    'step_up.done',
    'step_up.refused',
    'passkey.refused',
    'oidc.refused',
  ],
  credentials: [
    'password.changed',
    'password.reset_asked',
    'password.reset',
    'code.enrolled',
    'code.replaced',
    'code.removed',
    'recovery_codes.made',
    'recovery_code.used',
    'passkey.added',
    'passkey.renamed',
    'passkey.removed',
    'access_token.made',
    'access_token.ended',
    'oidc.identity_linked',
    'mail_address.given',
    'mail_address.verified',
    'mail_address.removed',
  ],
  platform: [
    'installation.set_up',
    'organisation.taken_in',
    'organisation.placed',
    'node.emptied',
    'rotation.ordered',
    'rotation.done',
    'keeper.unsealed',
    'keeper.changed',
    'house.restored',
    'ledger.restored',
    'witness.registered',
    'witness.removed',
  ],
  refusals: ['access.denied', 'request.refused', 'reading.refused'],
}

/** The kinds of event of one area, or of all. */
export const administrationKinds = (area?: AdministrationArea): readonly string[] =>
  area === undefined ? administrationAreas.flatMap((one) => kinds[one]) : kinds[area]

/** @throws Error for a kind that is in no area, which is a fault of ours */
export function areaOfKind(kind: string): AdministrationArea {
  const found = administrationAreas.find((area) => kinds[area].includes(kind))
  if (!found) throw new Error(`${kind} is not of the administration record`)
  return found
}

type Facts = { readonly [name: string]: unknown }
const states: { readonly [state: string]: Text } = {
  removed: say('已移除', 'removed'),
  held: say('待确认', 'waits to be confirmed'),
}
const onOff = (facts: Facts, name: string, zh: string, en: string): Text =>
  facts[name] === true ? say(`${zh}：开`, `${en}: on`) : say(`${zh}：关`, `${en}: off`)
const joined = (texts: readonly Text[]): Text =>
  say(texts.map(({ zh }) => zh).join('；'), texts.map(({ en }) => en).join('; '))

type GrantFact = { readonly to: string; readonly until: string | null }
const grantsIn = (facts: Facts): readonly GrantFact[] =>
  Array.isArray(facts['grants']) ? (facts['grants'] as readonly GrantFact[]) : []
const membersIn = (facts: Facts): readonly string[] =>
  Array.isArray(facts['members']) ? facts['members'].map(String) : []

/** Members and groups whom an event names beside its subject. */
export const namedIn = (kind: string, facts: Facts): readonly string[] => {
  if (kind === 'work_team.changed') return grantsIn(facts).map(({ to }) => to)
  return kind.startsWith('group.') ? membersIn(facts) : []
}

/** So many names a line holds; of more it says how many. */
const mostNames = 12
function listed(items: readonly Text[]): Text {
  const more = items.length - mostNames
  const shown = items.slice(0, mostNames)
  return say(
    `${shown.map(({ zh }) => zh).join('、')}${more > 0 ? `等 ${items.length} 项` : ''}`,
    `${shown.map(({ en }) => en).join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
  )
}

/** What of an event's facts an auditor looks for, in words; null where the kind says it all. @param nameOf of who `namedIn` names */
export function describeAdministration(
  kind: string,
  facts: Facts,
  nameOf: (id: string) => string | undefined = () => undefined,
): Text | null {
  const name = (id: string): string => nameOf(id) ?? id
  switch (kind) {
    case 'group.made':
    case 'group.changed': {
      const members = membersIn(facts)
      if (members.length === 0) return say('无组员', 'nobody in it')
      return listed(members.map((id) => say(name(id), name(id))))
    }
    case 'work_team.changed': {
      const grants = grantsIn(facts)
      if (grants.length === 0) return say('全体成员', 'all members')
      return listed(
        grants.map(({ to, until }) =>
          until === null ? say(name(to), name(to)) : say(`${name(to)}（至 ${until}）`, `${name(to)} (until ${until})`),
        ),
      )
    }
    case 'member.invitation_ended':
      return facts['by'] === 'inviter_removed'
        ? say('邀请人已移除', 'who gave it was removed')
        : say('已撤回', 'taken back')
    case 'member.invited':
    case 'member.changed': {
      const posts = Array.isArray(facts['posts']) ? facts['posts'].map(String) : []
      const state = states[String(facts['state'])]
      return joined([postsIn(posts), ...(state ? [state] : [])])
    }
    case 'correction.asked':
    case 'correction.opened':
    case 'correction.granted':
    case 'correction.refused':
    case 'correction.withdrawn':
      return correctionName(String(facts['field']))
    case 'consent.given':
    case 'consent.withdrawn': {
      const purpose = String(facts['purpose'])
      return isConsentPurpose(purpose) ? purposes[purpose] : null
    }
    case 'two_persons.rules_changed':
      return joined([
        onOff(facts, 'members', '授予岗位须两人', 'posts by two persons'),
        onOff(facts, 'exports', '导出证据包须两人', 'evidence packs by two persons'),
        // Entries of before there was this rule do not speak of it.
        ...('disposals' in facts
          ? [onOff(facts, 'disposals', '销毁数据须两人', 'destruction of data by two persons')]
          : []),
      ])
    case 'node.emptied': {
      const [from, to, count] = [facts['from'], facts['to'], facts['engagements']].map(String)
      return say(`节点 ${from} → ${to}，${count} 个项目`, `node ${from} → ${to}, ${count} engagements`)
    }
    case 'copy.traced':
      return say(
        `${Number(facts['codes'])} 个暗记，查明 ${Number(facts['found'])} 个`,
        `${Number(facts['codes'])} marks, ${Number(facts['found'])} of them known`,
      )
    case 'separation.changed':
      return onOff(facts, 'separated', '三员分立', 'separation of administrators')
    default: {
      const rule = facts['rule']
      return typeof rule === 'string' ? say(rule, rule) : null
    }
  }
}
