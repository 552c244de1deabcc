import type { EngagementAction } from '../access/matrix.ts'
import { Problem, type Text, say } from '../shared/problem.ts'
import { home } from './codes.ts'

/**
 * Where somebody is whom something may be given to. Null: never said, and then nobody knows that it is at home.
 * A person's own place is null where it is that of their organisation.
 */
export type Place = { readonly organisation: string | null; readonly person: string | null }

/** Inside when the organisation is known to be, and the person is nowhere else. */
export const isInside = ({ organisation, person }: Place): boolean =>
  organisation === home && (person === null || person === home)

/**
 * The one rule on what leaves the mainland: what is known of an undisclosed finding, and the traffic that shows it, goes to
 * nobody abroad but the provider of the product, which is the demand side of that engagement. The platform publishes no
 * finding, so each of them counts as undisclosed. Clauses: RMSV-9-7, GBT43741-B-16, GBT32914-5.9-e.
 */
export const mayBeGiven = (to: Place, isProvider: boolean): boolean => isProvider || isInside(to)

/**
 * What a party abroad may still do in an engagement: what speaks of no finding and shows no traffic, and whatever stops a
 * test or gives a right back. Every act that is not here is closed to it, also those that are added later.
 */
export const openAbroad: readonly EngagementAction[] = [
  'engagement.read',
  'engagement.stop',
  'record.read',
  'letter.read',
  'enrollment.list',
  'lease.list',
  'lease.revoke',
  'test_rules.read',
  'witness_rule.read',
  'break_glass.read',
  'break_glass.end',
  'hold.read',
]

const law = '《网络产品安全漏洞管理规定》第九条第七项'
const where = say('请单位管理员核对登记的所在地', 'ask an administrator to check the place on record')

/** @param field of the request that names who is abroad; without one it is whoever asks */
export function abroad(field?: string): Problem {
  const text: Text =
    field === undefined
      ? say(
          `您或您单位的所在地在境外或未登记。依${law}，未公开的漏洞信息不提供给产品提供者之外的境外组织或个人。${where.zh}`,
          `you or your organisation are abroad, or where is not on record: undisclosed findings go to nobody abroad but the provider of the product; ${where.en}`,
        )
      : say(
          `所在地在境外或未登记。依${law}，未公开的漏洞信息不提供给产品提供者之外的境外组织或个人`,
          'it is abroad, or where is not on record: undisclosed findings go to nobody abroad but the provider of the product',
        )
  return new Problem(field === undefined ? 'forbidden' : 'refused', text, {
    rule: 'RMSV-9-7',
    ...(field === undefined
      ? {}
      : {
          fields: [
            {
              field,
              limit: say('所在地须为中国大陆（CN）', 'in the mainland of China (CN)'),
              fix: say('改选境内的对象，或先核对其所在地', 'choose one inside, or have the place on record checked'),
            },
          ],
        }),
  })
}

/** @throws Problem RMSV-9-7, forbidden for who asks, refused for whom a field names */
export function checkGiven(to: Place, isProvider: boolean, field?: string): void {
  if (!mayBeGiven(to, isProvider)) throw abroad(field)
}

/** Why the data may not be kept there; undefined when they may. Storing abroad is sending abroad (GBT32914-5.9-e). */
export const storageFault = (jurisdiction: string): string | undefined =>
  jurisdiction === home
    ? undefined
    : `ZH_STORAGE_JURISDICTION is “${jurisdiction}”: findings are stored in the mainland of China only (CN); see docs/decisions/0049-what-leaves-the-mainland.md`
