import { retention } from '../retention/retention.ts'
import { type FieldFault, Problem, type Text, say } from '../shared/problem.ts'

/** What still binds somebody who wants to close their account; numbers of each. */
export type OpenDuties = {
  readonly runningLeases: number
  readonly unpaidRewards: number
  readonly lastAdmin: boolean
}

/** @throws Problem wrong_state CLOSE-1, naming every open duty and how it ends */
export function checkClosable(open: OpenDuties): void {
  const faults: FieldFault[] = []
  const add = (field: string, limit: Text, fix: Text): void => void faults.push({ field, limit, fix })
  if (open.runningLeases > 0)
    add(
      'leases',
      say(`还有 ${open.runningLeases} 个接入凭证在用`, `${open.runningLeases} access leases are running`),
      say('先在项目中交还', 'give them back in their engagements first'),
    )
  if (open.unpaidRewards > 0)
    add(
      'rewards',
      say(`还有 ${open.unpaidRewards} 笔奖励未付`, `${open.unpaidRewards} rewards are not paid yet`),
      say('等待付清，或与组织方商定', 'wait until they are paid, or settle them with the organizer'),
    )
  if (open.lastAdmin)
    add(
      'posts',
      say(
        '只有您长期担任本单位不可缺少的管理员',
        'nobody else holds, without an end, an administrator’s post that your organisation cannot be without',
      ),
      say('先任命另一名管理员', 'have somebody else given it first'),
    )
  if (faults.length === 0) return
  const joined = (side: 'zh' | 'en') => faults.map(({ limit, fix }) => `${limit[side]}：${fix[side]}`).join('；')
  const text = say(
    `账号暂不能注销。${joined('zh')}`,
    `the account cannot be closed yet. ${faults.map(({ limit, fix }) => `${limit.en}: ${fix.en}`).join('; ')}`,
  )
  throw new Problem('wrong_state', text, { rule: 'CLOSE-1', fields: faults })
}

/** What stays after an account was closed, why, and the moment after which it goes too; null where the record itself decides. */
export type Held = { readonly what: 'logins' | 'identity' | 'record'; readonly why: Text; readonly until: Date | null }

const dayMs = 86_400_000
/** The end of that day: a term is a date. */
const after = (moment: Date, days: number): Date =>
  new Date(Math.ceil((moment.getTime() + days * dayMs) / dayMs) * dayMs)

/**
 * @param lastLeaseEnd when the last lease ended that this person held; null for none, and then no identity is kept
 * @returns the holds, GBT39276-5.1.1.4-g and YDT3744-6.1-03
 */
export function heldAfterClosure(now: Date, lastLeaseEnd: Date | null): readonly Held[] {
  return [
    {
      what: 'logins',
      why: say(
        '登录记录：网络安全法第二十一条第三项，网络日志不少于六个月',
        'Sign-in records: Cybersecurity Law art. 21 (3), network logs for six months at least',
      ),
      until: after(now, retention.traffic.days),
    },
    ...(lastLeaseEnd === null
      ? []
      : [
          {
            what: 'identity' as const,
            why: say(
              '实名核验结果：谁持凭证测试过，属服务档案（GB/T 43741 5.3）',
              'The result of the identity check: who held a lease belongs to the file of the service (GB/T 43741 5.3)',
            ),
            until: after(lastLeaseEnd, retention.events.days),
          },
        ]),
    {
      what: 'record',
      why: say(
        '您在项目中做过的事，只以编号出现；账本中没有姓名',
        'What you did in engagements, under a made-up id; the ledger holds no name',
      ),
      until: null,
    },
  ]
}

/** What stands where the name was. */
export const closedName = '已注销账号 (closed)'
