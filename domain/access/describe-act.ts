import { type Text, say } from '../shared/problem.ts'
import { type Post, posts } from './actor.ts'
import type { PostEnds } from './held-posts.ts'
import type { ActKind } from './two-persons.ts'

type PackWish = {
  readonly kind: 'engagement' | 'finding' | 'period'
  readonly redaction: 'none' | 'secrets' | 'bodies'
  readonly findingId?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Which exchanges go into a file: the query of that download. */
type CapturesWish = { readonly format: string } & { readonly [filter: string]: string | number | undefined }

/** An act by two persons: the objects of its call's path and the whole of its body. */
export type TwoPersonAct =
  | {
      readonly kind: 'member_posts'
      readonly personId: string
      readonly posts: readonly Post[]
      readonly ends?: PostEnds | undefined
      readonly version: number
    }
  | { readonly kind: 'invitation'; readonly name: string; readonly posts: readonly Post[] }
  | { readonly kind: 'pack'; readonly engagementId: string; readonly pack: PackWish }
  | { readonly kind: 'evidence'; readonly engagementId: string }
  | {
      readonly kind: 'captures'
      readonly engagementId: string
      readonly captures: CapturesWish
      /** How many these are: a file that would hold others is another act. */
      readonly exchanges: number
    }
  | { readonly kind: 'break_glass'; readonly engagementId: string; readonly minutes: number }
  | {
      readonly kind: 'two_person_rules'
      readonly members: boolean
      readonly exports: boolean
      readonly disposals: boolean
      readonly version: number
    }
  | { readonly kind: 'separation'; readonly separated: boolean; readonly version: number }
  | {
      readonly kind: 'disposal'
      readonly engagementId: string
      readonly disposal: { readonly what: 'traffic' | 'file'; readonly basis: string; readonly witness: string }
    }

/** Names of what an act speaks of, as its reader may see them. */
export type ActNames = { readonly person: string; readonly engagement: string }
export type ActDetail = { readonly name: Text; readonly value: Text }

const postWords: { readonly [post in Post]: Text } = {
  system_admin: say('系统管理员', 'system administrator'),
  security_admin: say('安全管理员', 'security administrator'),
  audit_admin: say('审计管理员', 'audit administrator'),
  signatory: say('签署人', 'signatory'),
  member: say('成员', 'member'),
}
/** Posts in words; one of another time, as an old entry has it, as it was called then. */
export function postsIn(posts: readonly string[]): Text {
  const words = posts.map((post) =>
    post === 'admin'
      ? say('管理员', 'admin')
      : Object.hasOwn(postWords, post)
        ? postWords[post as Post]
        : say(post, post),
  )
  return say(words.map(({ zh }) => zh).join('、'), words.map(({ en }) => en).join(', '))
}

const packKinds = {
  engagement: say('整个项目', 'the whole engagement'),
  finding: say('单个漏洞', 'one finding'),
  period: say('一段时间', 'a span of time'),
}
const redactions = {
  none: say('不遮盖，含凭证', 'nothing masked, credentials included'),
  secrets: say('遮盖凭证', 'credentials masked'),
  bodies: say('不含正文', 'without bodies'),
}

/** What the filters of recorded traffic are called. */
const filterWords: { readonly [filter: string]: Text } = {
  search: say('搜索', 'Search'),
  host: say('主机', 'Host'),
  method: say('方法', 'Method'),
  status: say('状态码', 'Status'),
  statusClass: say('状态码首位', 'First digit of the status'),
  path: say('路径开头', 'Path begins with'),
  kind: say('类型', 'Kind'),
  minBytes: say('响应最小字节数', 'Answer has at least, bytes'),
  maxBytes: say('响应最大字节数', 'Answer has at most, bytes'),
  from: say('起', 'From'),
  to: say('止', 'To'),
  testerId: say('测试人员', 'Tester'),
  verdict: say('放行或拒绝', 'Passed or refused'),
  since: say('序号大于', 'Sequence above'),
  until: say('序号不大于', 'Sequence up to'),
  only: say('序号', 'Sequences'),
}

const same = (text: string): Text => say(text, text)
const onOff = (on: boolean): Text => (on ? say('须两人', 'two persons') : say('一人即可', 'one person'))
const detail = (zh: string, en: string, value: Text): ActDetail => ({ name: say(zh, en), value })

const titles: { readonly [kind in ActKind]: Text } = {
  member_posts: say('变更成员岗位', 'Change a member’s posts'),
  invitation: say('邀请成员', 'Invite a member'),
  pack: say('制作证据包', 'Build an evidence pack'),
  evidence: say('下载证据包', 'Download the evidence pack'),
  captures: say('导出流量记录', 'Export recorded traffic'),
  two_person_rules: say('变更双人规则', 'Change the two-person rules'),
  break_glass: say('紧急访问漏洞内容', 'Emergency access to findings'),
  separation: say('变更三员分立', 'Change the separation of administrators'),
  disposal: say('销毁数据', 'Destroy data'),
}

/** What would be done, in words and whole: nothing that the digest covers is left out but ids and versions. */
export function describeAct(act: TwoPersonAct, names: ActNames): { title: Text; details: ActDetail[] } {
  return { title: titles[act.kind], details: detailsOf(act, names) }
}

function detailsOf(act: TwoPersonAct, names: ActNames): ActDetail[] {
  const engagement = detail('项目', 'Engagement', same(names.engagement))
  switch (act.kind) {
    case 'member_posts':
      return [
        detail('成员', 'Member', same(names.person)),
        detail('此后的岗位', 'Posts from then on', postsIn(act.posts)),
        ...posts
          .filter((post) => act.ends?.[post] !== undefined)
          .map((post) =>
            detail(`${postWords[post].zh}有效期至`, `Post ${postWords[post].en} until`, same(act.ends?.[post] ?? '')),
          ),
      ]
    case 'invitation':
      return [detail('姓名', 'Name', same(act.name)), detail('岗位', 'Posts', postsIn(act.posts))]
    case 'pack': {
      const { kind, redaction, findingId, from, to } = act.pack
      return [
        engagement,
        detail('内容', 'Content', packKinds[kind]),
        detail('遮盖', 'Masking', redactions[redaction]),
        ...(findingId === undefined ? [] : [detail('漏洞', 'Finding', same(findingId))]),
        ...(from === undefined ? [] : [detail('起', 'From', same(from))]),
        ...(to === undefined ? [] : [detail('止', 'To', same(to))]),
      ]
    }
    case 'break_glass':
      return [
        engagement,
        detail('时长', 'For', say(`${act.minutes} 分钟`, `${act.minutes} minutes`)),
        detail('可查看', 'Opens', say('单个漏洞与流量记录', 'single findings and exchanges')),
      ]
    case 'evidence':
      return [engagement]
    case 'captures': {
      const { format, ...filters } = act.captures
      // In the order of the list of filters, whatever order they came in; none is left out.
      const order = Object.keys(filterWords)
      const named = Object.entries(filters)
        .filter(([, value]) => value !== undefined)
        .sort(([one], [other]) => order.indexOf(one) - order.indexOf(other))
      return [
        engagement,
        detail('格式', 'Format', same(format.toUpperCase())),
        detail('流量条数', 'Exchanges', same(String(act.exchanges))),
        ...(named.length === 0 ? [detail('范围', 'Which', say('全部', 'all of them'))] : []),
        ...named.map(([name, value]) => ({ name: filterWords[name] ?? same(name), value: same(String(value)) })),
      ]
    }
    case 'two_person_rules':
      return [
        detail('授予三类管理员、签署人岗位', 'Giving the posts of administrators and signatory', onOff(act.members)),
        detail('导出证据包与大量流量', 'Exporting evidence packs and many exchanges', onOff(act.exports)),
        detail('下达数据销毁', 'Ordering the destruction of data', onOff(act.disposals)),
      ]
    case 'disposal':
      return [
        engagement,
        detail(
          '销毁内容',
          'What is destroyed',
          act.disposal.what === 'traffic'
            ? say('流量记录，不可恢复', 'recorded traffic, for ever')
            : say('全部数据与密钥，不可恢复', 'all data and keys, for ever'),
        ),
        detail('依据', 'Basis', same(act.disposal.basis)),
        detail('监销人', 'Witness', same(act.disposal.witness)),
      ]
    case 'separation':
      return [
        detail(
          '系统、安全、审计管理员',
          'System, security and audit administrators',
          act.separated
            ? say('分立：一人至多担任一类', 'separate: nobody holds two of them')
            : say('不要求分立', 'one person may hold several'),
        ),
      ]
  }
}
