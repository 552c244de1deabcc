import { say, type Text } from '../../shared/problem.ts'
import { contains } from '../ip.ts'
import { beats, hostMatches } from './patterns.ts'
import type { AssetPattern, Effect, HostPattern } from './rows.ts'

/**
 * What the gateway does with the inside of a tunnel to an object. `intercept`: TLS is opened and every request judged.
 * `tunnel`: TLS is passed on closed, its hello checked and sizes and times recorded (pinned apps). `raw`: any protocol is
 * passed on, all bytes recorded. The last two are written in the scope and hold only where no path rule speaks.
 */
export type Handling = 'intercept' | 'tunnel' | 'raw'
export const specialHandlings = ['tunnel', 'raw'] as const
export type SpecialHandling = (typeof specialHandlings)[number]

export const handlingNames: { readonly [H in SpecialHandling]: Text } = {
  tunnel: say('仅隧道：TLS 不解密，只记录元数据', 'tunnel only: TLS is not opened, metadata is recorded'),
  raw: say('原始 TCP：不限协议，记录全部字节', 'raw TCP: any protocol, all bytes are recorded'),
}

type Rule = AssetPattern & { readonly effect: Effect; readonly handling?: SpecialHandling | undefined }

/**
 * The handling that the rules for one host and port agree on: that of the most specific inclusions. Doubt means
 * `intercept`, and so does any path rule, because a path inside a closed tunnel cannot be judged.
 * @param rules those that match host and port of the target
 */
export function agreedHandling(rules: readonly Rule[]): Handling {
  if (rules.some((rule) => rule.path !== null)) return 'intercept'
  const inclusions = rules.filter((rule) => rule.effect === 'in')
  const best = inclusions.filter((rule) => !inclusions.some((other) => other !== rule && beats(other, rule)))
  const words = new Set(best.map((rule) => rule.handling ?? 'intercept'))
  const [only] = words
  return words.size === 1 && only !== undefined ? only : 'intercept'
}

/** Whether some host may fall under both patterns. Said in doubt too. */
export function mayMeet(one: HostPattern, other: HostPattern): boolean {
  if (one.kind === 'any' || other.kind === 'any') return true
  if (one.kind === 'range' || other.kind === 'range') {
    if (one.kind !== 'range' || other.kind !== 'range' || one.family !== other.family) return false
    const family = one.family
    return contains(one, { family, key: other.from }) || contains(other, { family, key: one.from })
  }
  if (one.kind === 'name') return hostMatches(other, 'out', one.name, undefined)
  if (other.kind === 'name') return hostMatches(one, 'out', other.name, undefined)
  if (one.kind === 'below' && other.kind === 'below') {
    return `.${one.base}`.endsWith(`.${other.base}`) || `.${other.base}`.endsWith(`.${one.base}`)
  }
  return true
}
