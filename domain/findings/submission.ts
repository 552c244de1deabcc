import { Problem, badField, say } from '../shared/problem.ts'

/** A recorded exchange that a submission cites, as the platform knows it; null when it does not exist for the tester. */
export type CitedRow = {
  readonly exchangeId: string
  readonly testerId: string
  readonly engagementId: string
  readonly kind: string
} | null

/**
 * The keystone: a finding cites own recorded traffic of the same engagement (GBT43741-5.2-06). An exchange of somebody
 * else is answered exactly like one that does not exist (CITE-1), so that ids tell nothing.
 * @throws Problem malformed CITE-1 foreign or absent, CITE-2 none, CITE-3 a refusal: nothing reached the target
 */
export function checkCitations(
  rows: readonly CitedRow[],
  submitter: { readonly personId: string; readonly engagementId: string },
): void {
  if (rows.length === 0)
    throw refuse(
      'CITE-2',
      'body.cites',
      '至少引用一条自己的流量记录',
      'cite at least one own recorded exchange',
      '在流量列表中选择',
      'choose it in the traffic list',
    )
  rows.forEach((row, at) => {
    if (!row || row.testerId !== submitter.personId || row.engagementId !== submitter.engagementId)
      throw refuse(
        'CITE-1',
        `body.cites.${at}`,
        '没有这条流量记录',
        'there is no such exchange among yours',
        '只能引用本人在本项目中的流量',
        'cite your own traffic of this engagement',
      )
    if (row.kind === 'refusal')
      throw refuse(
        'CITE-3',
        `body.cites.${at}`,
        '被网关拒绝的请求没有到达目标，不能作为证据',
        'a refused request never reached the target and proves nothing',
        '引用已放行的请求',
        'cite a request that passed',
      )
  })
}

/** @throws Problem malformed ASSET-1 */
export function checkAsset(asset: string, assets: readonly string[]): void {
  if (!assets.includes(asset))
    throw refuse(
      'ASSET-1',
      'body.asset',
      '须是当前授权范围中的对象',
      'must be an asset of the scope in force',
      `可选：${assets.slice(0, 8).join('、')}`,
      `one of: ${assets.slice(0, 8).join(', ')}`,
    )
}

function refuse(rule: string, field: string, zh: string, en: string, fixZh: string, fixEn: string): Problem {
  const made = badField(field, say(zh, en), say(fixZh, fixEn))
  return new Problem('malformed', made.text, { rule, fields: made.fields })
}
