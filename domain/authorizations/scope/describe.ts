import { say, type Text } from '../../shared/problem.ts'
import { formatRange } from '../ip.ts'
import type { CompiledRule, CompiledScope } from './compile.ts'
import { handlingNames, type SpecialHandling } from './handling.ts'
import type { ScopeDecision } from './match.ts'
import type { AssetPattern, Effect, PortRange } from './rows.ts'

/** One line of the authorisation letter. `enforced` is false for what only the letter can say. */
export type ScopeLine = {
  readonly effect: Effect
  readonly rowId: string
  /** As its owner wrote it. */
  readonly asset: string
  readonly enforced: boolean
  /** How the gateway reads it. */
  readonly reads: Text
}

/** The scope as lines of text: inclusions, then exclusions, each in the owner's order, then what only the letter says. */
export function describeScope(scope: CompiledScope): readonly ScopeLine[] {
  const lines = new Map<string, ScopeLine>()
  for (const effect of ['in', 'out'] as const) {
    for (const rule of scope.rules) {
      if (rule.effect !== effect) continue
      const reads = describeRule(rule)
      const known = lines.get(rule.rowId)
      const joined =
        known === undefined ? reads : say(`${known.reads.zh}；${reads.zh}`, `${known.reads.en}; ${reads.en}`)
      lines.set(rule.rowId, { effect, rowId: rule.rowId, asset: rule.asset.trim(), enforced: true, reads: joined })
    }
  }
  const printed = scope.letterLines.map(
    (line): ScopeLine => ({
      effect: line.effect,
      rowId: line.rowId,
      asset: line.asset.trim(),
      enforced: false,
      reads:
        line.effect === 'in'
          ? say('仅以本文书授权，网关不作判断', 'permitted by this letter only, not judged by the gateway')
          : say('仅以本文书禁止，网关不作判断', 'forbidden by this letter, not judged by the gateway'),
    }),
  )
  return [...lines.values(), ...printed]
}

/** One pattern as text: `*.a.b（端口 8443，路径 /x 及其下）`. */
export function describeRule(
  rule: AssetPattern & { readonly effect: Effect; readonly handling?: SpecialHandling | undefined },
): Text {
  const host = hostText(rule)
  const zh: string[] = []
  const en: string[] = []
  if (rule.ports !== null) {
    const every = rule.ports.some((range) => range.from === 1 && range.to === 65535)
    zh.push(every ? '全部端口' : `端口 ${portsText(rule.ports)}`)
    en.push(every ? 'every port' : `port ${portsText(rule.ports)}`)
  } else if (rule.effect === 'in') {
    zh.push('端口 80、443')
    en.push('ports 80 and 443')
  }
  if (rule.path !== null) {
    zh.push(`路径 ${rule.path} 及其下`)
    en.push(`path ${rule.path} and below`)
  }
  if (rule.handling !== undefined) {
    zh.push(handlingNames[rule.handling].zh)
    en.push(handlingNames[rule.handling].en)
  }
  return zh.length === 0 ? host : say(`${host.zh}（${zh.join('，')}）`, `${host.en} (${en.join(', ')})`)
}

function hostText({ host, effect }: AssetPattern & { readonly effect: Effect }): Text {
  switch (host.kind) {
    case 'name':
      return say(host.name, host.name)
    case 'below':
      return effect === 'in'
        ? say(`*.${host.base}`, `*.${host.base}`)
        : say(`*.${host.base} 与 ${host.base}`, `*.${host.base} and ${host.base}`)
    case 'glob':
      return say(host.glob, host.glob)
    case 'any':
      return say('所有主机', 'every host')
    case 'range': {
      const text = formatRange(host)
      return say(text, text)
    }
  }
}

const portsText = (ports: readonly PortRange[]): string =>
  ports.map((range) => (range.from === range.to ? `${range.from}` : `${range.from}-${range.to}`)).join(', ')

const quote = (rule: CompiledRule): string => `${rule.asset.trim()} [${rule.rowId}]`

/** A decision as a sentence with the row that made it. */
export function explainDecision(decision: ScopeDecision, host: string): Text {
  if (decision.in) {
    return say(`在范围内：${quote(decision.rule)}`, `in scope by ${quote(decision.rule)}`)
  }
  if (decision.why !== 'unlisted') {
    if (decision.why === 'excluded') {
      return say(`已被排除：${quote(decision.rule)}`, `excluded by ${quote(decision.rule)}`)
    }
    const other = decision.against === undefined ? '' : quote(decision.against)
    return say(
      `范围内的“${other}”与范围外的“${quote(decision.rule)}”同样具体，按拒绝处理；请组织方明确`,
      `"${other}" includes it and "${quote(decision.rule)}" excludes it, neither is more specific, so it is denied; ask the organizer`,
    )
  }
  if (decision.near === undefined) return say(`${host} 不在授权范围内`, `${host} is not in the authorised scope`)
  const near = quote(decision.near)
  const reads = describeRule(decision.near)
  if (decision.miss === 'apex') {
    return say(
      `${near} 只包括其下的名称，不包括 ${host} 本身`,
      `${near} includes the names below it, not ${host} itself`,
    )
  }
  if (decision.miss === 'length') {
    return say(
      '范围中有路径规则，而该路径过长且含特殊写法，无法判断，故拒绝',
      'the scope has path rules, and this path is too long and too unusual to be judged, so it is denied',
    )
  }
  return decision.miss === 'port'
    ? say(
        `主机在范围内，但端口不在：${near} 为 ${reads.zh}`,
        `the host is in scope but not this port: ${near} reads ${reads.en}`,
      )
    : say(
        `主机在范围内，但路径不在：${near} 为 ${reads.zh}`,
        `the host is in scope but not this path: ${near} reads ${reads.en}`,
      )
}

/** What a tester may choose as the asset of a finding. */
export type AssetChoice = {
  readonly rowId: string
  readonly asset: string
  readonly enforced: boolean
  readonly maxSeverity?: string
  readonly bountyEligible?: boolean
}

/** Each included row once, in the owner's order; apps and devices of the letter too, for findings concern them as well. */
export function assetChoices(scope: CompiledScope): readonly AssetChoice[] {
  const choices = new Map<string, AssetChoice>()
  const put = (from: CompiledScope['letterLines'][number], enforced: boolean): void => {
    if (from.effect !== 'in' || choices.has(from.rowId)) return
    choices.set(from.rowId, {
      rowId: from.rowId,
      asset: from.asset.trim(),
      enforced,
      ...(from.maxSeverity === undefined ? {} : { maxSeverity: from.maxSeverity }),
      ...(from.bountyEligible === undefined ? {} : { bountyEligible: from.bountyEligible }),
    })
  }
  for (const rule of scope.rules) put(rule, true)
  for (const line of scope.letterLines) put(line, false)
  return [...choices.values()]
}
