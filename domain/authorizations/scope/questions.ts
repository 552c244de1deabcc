import { Problem, say, type Text } from '../../shared/problem.ts'
import type { Effect, QuestionKind, ScopeRow } from './rows.ts'

/**
 * What could not become a rule, or became one that a person should look at. Until it is answered the stricter reading
 * holds: an inclusion without a rule lets nothing pass. An exclusion without a rule may hide a denial, and says so.
 */
export type OpenQuestion = {
  /** `rowId:kind`, stable while the row stays the same. */
  readonly questionId: string
  readonly rowId: string
  readonly asset: string
  readonly effect: Effect
  readonly kind: QuestionKind
  /** True when ignoring the question could let traffic out that the owner forbade. Show these first. */
  readonly mayHideDenial: boolean
  /** True when the row has rules in force beside the question. */
  readonly hasRules: boolean
  readonly why: Text
  readonly suggestion?: readonly SuggestedRow[]
}

export type SuggestedRow = { readonly effect: Effect; readonly asset: string }

const why: { readonly [K in QuestionKind]: Text } = {
  empty: say('这一行没有写资产', 'the row names no asset'),
  redacted: say('资产已被来源平台遮盖，无法成为规则', 'the asset was blacked out by its source and cannot be a rule'),
  prose: say('这是文字说明，不是主机、网址或地址', 'this is prose, not a host, a URL or an address'),
  app: say(
    '应用程序或安装包：网关只看得到它访问的主机，请另列这些主机',
    'an app or installer: the gateway sees only the hosts that it talks to; list those',
  ),
  source: say(
    '源代码或链上合约：不经网关测试，请写入授权书',
    'source code or an on-chain contract: not tested through the gateway, print it in the letter',
  ),
  hardware: say(
    '硬件或固件：不经网关测试，请写入授权书',
    'hardware or firmware: not tested through the gateway, print it in the letter',
  ),
  scheme: say('网关只转发 HTTP、HTTPS 与 WebSocket', 'the gateway carries HTTP, HTTPS and WebSocket only'),
  too_wide: say(
    '通配范围过大，会包含任何人都可注册的名称或过大的地址段',
    'the pattern is so wide that it covers names anybody may register, or a huge range of addresses',
  ),
  shared_suffix: say('该后缀下有许多无关方的系统', 'many unrelated parties have systems under this suffix'),
  placeholder: say(
    '资产中有占位符或不明确的写法，请写出实际名称',
    'the asset holds a placeholder or an unclear spelling; write the actual names',
  ),
  app_id: say(
    '看起来是应用标识（如 com.example.app），不是主机名',
    'this looks like an app identifier (com.example.app), not a host name',
  ),
  query: say(
    '网址带有查询参数；网关只按主机、端口和路径判断',
    'the URL has a query; the gateway judges by host, port and path only',
  ),
  fragment: say(
    '网址带有 # 片段；片段不会发送到服务器，网关看不到',
    'the URL has a # fragment, which is never sent and which the gateway cannot see',
  ),
  ports: say('端口不合法：须为 1 到 65535', 'the port is not a number from 1 to 65535'),
  never_dialled: say(
    '回环、链路本地、元数据、组播等地址永不连接',
    'loopback, link-local, metadata, multicast and such addresses are never dialled',
  ),
  remark_restricts: say(
    '附注限制了这项资产，网关无法执行附注',
    'the remark beside the asset restricts it, and the gateway cannot enforce a remark',
  ),
  note_restricts: say(
    '说明文字中似有排除或限制，请核对是否需要排除规则',
    'the instructions seem to exclude or restrict something; check whether an exclusion rule is missing',
  ),
  name_differs: say(
    '显示名称指向另一个主机，请确认是否也包括它',
    'the display name names another host; say whether it is meant too',
  ),
  conjunction: say(
    '资产带有“并且”条件，网关规则不能组合条件',
    'the asset joins conditions with AND, which a gateway rule cannot do',
  ),
  handling_path: say(
    '此对象有路径规则，不能仅隧道或原始转发：隧道内的路径无法判断；仍按解密后逐条判断处理',
    'tunnel or raw mode refused: this object has path rules, and no path can be judged inside a closed tunnel; TLS is opened as usual',
  ),
  listed_both_ways: say(
    '同一资产既列为范围内又列为范围外；在明确之前一律拒绝',
    'the same asset is listed both in and out of scope; denied until somebody decides',
  ),
}

/** Builds the question of a row. @param hasRules whether rules of the row are in force beside it */
export function questionOf(
  row: ScopeRow,
  kind: QuestionKind,
  hasRules: boolean,
  suggestion: readonly SuggestedRow[] = [],
): OpenQuestion {
  return {
    questionId: `${row.rowId}:${kind}`,
    rowId: row.rowId,
    asset: row.asset,
    effect: row.effect,
    kind,
    mayHideDenial: kind === 'note_restricts' || kind === 'remark_restricts' || row.effect === 'out',
    hasRules,
    why: why[kind],
    ...(suggestion.length === 0 ? {} : { suggestion }),
  }
}

/**
 * A person's answer. `rows`: these assets are meant (the suggestion, or own words). `letter_only`: not enforceable by
 * the gateway, printed in the letter. `drop`: the row says nothing that counts. `as_it_stands`: the row needs no change;
 * where it can be a rule it becomes one. A row that has rules in force beside the question keeps them, except when it is
 * listed both ways, where `drop` and `letter_only` give this side up.
 */
export type Answer =
  | { readonly kind: 'rows'; readonly rows: readonly SuggestedRow[] }
  | { readonly kind: 'letter_only'; readonly note?: string }
  | { readonly kind: 'drop'; readonly note: string }
  | { readonly kind: 'as_it_stands' }

/**
 * Answers the questions of one row: gives the rows of the next version, which are compiled anew. A row that was replaced
 * by others stays as a line of the letter.
 * @param questions one question, or several of the same row
 * @throws Problem not_found when the version has no such row; malformed when an answer names no asset
 */
export function answerQuestion(
  rows: readonly ScopeRow[],
  questions: OpenQuestion | readonly [OpenQuestion, ...OpenQuestion[]],
  answer: Answer,
): readonly ScopeRow[] {
  const asked: readonly OpenQuestion[] = 'questionId' in questions ? [questions] : questions
  const at = rows.findIndex((row) => asked.every((one) => one.rowId === row.rowId))
  const row = rows[at]
  if (row === undefined) {
    throw new Problem('not_found', say('该范围版本中没有这一行', 'this scope version has no such row'))
  }
  return [...rows.slice(0, at), ...answered(row, asked, answer, rows), ...rows.slice(at + 1)]
}

function answered(
  row: ScopeRow,
  asked: readonly OpenQuestion[],
  answer: Answer,
  rows: readonly ScopeRow[],
): readonly ScopeRow[] {
  const settled: ScopeRow = { ...row, settled: [...new Set([...(row.settled ?? []), ...asked.map((one) => one.kind)])] }
  if (answer.kind === 'as_it_stands') return [settled]
  const keepsRules = asked.every((one) => one.hasRules)
  if (answer.kind !== 'rows') {
    if (keepsRules && !asked.some((one) => one.kind === 'listed_both_ways')) return [settled]
    const kind = answer.kind === 'drop' ? 'dropped' : 'letter_only'
    return [{ ...settled, outcome: { kind, note: answer.note ?? '' } }]
  }
  if (answer.rows.length === 0 || answer.rows.some((one) => one.asset.trim() === '')) {
    throw new Problem('malformed', say('请至少写出一项资产', 'name at least one asset'), {
      fields: [
        {
          field: 'rows',
          limit: say('至少一项，资产不为空', 'at least one, none of them empty'),
          fix: say('写出主机、网址或地址', 'write a host, a URL or an address'),
        },
      ],
    })
  }
  const taken = rows.filter((one) => one.rowId.startsWith(`${row.rowId}.`)).length
  const children = answer.rows.map(
    (one, place): ScopeRow => ({
      rowId: `${row.rowId}.${taken + place + 1}`,
      effect: one.effect,
      asset: one.asset,
      type: '',
      note: row.note,
      // The note was read when the question was answered; asking again for every new row would be noise.
      settled: ['note_restricts'],
      ...(row.maxSeverity === undefined ? {} : { maxSeverity: row.maxSeverity }),
      ...(row.bountyEligible === undefined ? {} : { bountyEligible: row.bountyEligible }),
    }),
  )
  return [keepsRules ? settled : { ...settled, outcome: { kind: 'letter_only', note: '' } }, ...children]
}
