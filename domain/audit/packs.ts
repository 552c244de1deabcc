import { badField, type Problem, say, type Text } from '../shared/problem.ts'

/** What somebody asks an evidence pack to be about. Times are ISO 8601. */
export type PackWish = {
  readonly kind: 'engagement' | 'finding' | 'period'
  readonly findingId: string | null
  readonly from: Date | null
  readonly to: Date | null
}

/** Packs of one person that may wait or be built at a time, and days that a finished one is kept. */
export const packRules = { atOnce: 3, keptDays: 7 } as const

/** @throws Problem malformed, naming the field that the kind of pack needs or does not take */
export function checkPackWish(wish: PackWish): void {
  const { kind, findingId, from, to } = wish
  const only = (field: string, wanted: string): Problem =>
    badField(field, say(`仅用于${wanted}`, `only for packs of a ${wanted}`), say('请去掉', 'leave it out'))
  const needed = (field: string, zh: string, en: string): Problem => badField(field, say('必填', 'needed'), say(zh, en))
  if (kind === 'finding' && findingId === null)
    throw needed('body.findingId', '请选择漏洞', 'choose the finding that the pack is about')
  if (kind !== 'finding' && findingId !== null) throw only('body.findingId', 'finding')
  if (kind !== 'period' && (from !== null || to !== null)) throw only(from === null ? 'body.to' : 'body.from', 'period')
  if (kind !== 'period') return
  if (from === null) throw needed('body.from', '请填写开始时间', 'give the time it begins')
  if (to === null) throw needed('body.to', '请填写结束时间', 'give the time it ends')
  if (to <= from)
    throw badField('body.to', say('须晚于开始时间', 'must be after body.from'), say('请调换', 'swap the two'))
}

/** What a builder is at, in order, with the share of the work that lies before it. */
export const packStages = {
  waiting: { from: 0, text: say('等待制作', 'waiting') },
  proofs: { from: 2, text: say('收集流量证明', 'collecting proofs of traffic') },
  commitments: { from: 30, text: say('对流量分段作出承诺', 'committing to parts of traffic') },
  ledger: { from: 55, text: say('等待写入账本', 'waiting for the ledger') },
  writing: { from: 60, text: say('写入证据包', 'writing the pack') },
  done: { from: 100, text: say('已完成', 'done') },
} as const satisfies Record<string, { from: number; text: Text }>
export type PackStage = keyof typeof packStages

/** Percent done: how far the stage is, from 0 to 1, within its share. */
export function packProgress(stage: PackStage, share: number): number {
  const order = Object.values(packStages).map(({ from }) => from)
  const { from } = packStages[stage]
  const next = order.find((begin) => begin > from) ?? 100
  return Math.floor(from + (next - from) * Math.min(1, Math.max(0, share)))
}
