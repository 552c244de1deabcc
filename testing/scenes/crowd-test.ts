import { makeId } from '@zhongheng/domain/shared/ids.ts'
import { inSystemWork } from '@zhongheng/server/work/work.ts'
import type { Company } from '@zhongheng/tools/demo/cast.ts'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { prepareEngagement } from '@zhongheng/tools/demo/prepare.ts'
import { randomBytes } from 'node:crypto'
import type { Stage } from './stage.ts'

export type Cast = Company & {
  readonly orgIds: {
    readonly demand: string
    readonly organizer: string
    readonly tester: string
    readonly tester2: string
    readonly auditor: string
  }
}

const one = (house: Awaited<ReturnType<Stage['house']>>, login: string): Person & { personId: string } => {
  const person = house.people[login]
  if (!person) throw new Error(`nobody is called ${login}`)
  return person
}

/** The four sides of one engagement; `mark` keeps logins of two casts apart, `organizer` is shared by both. */
export async function assemble(stage: Stage, mark: string, shared?: Cast): Promise<Cast> {
  const demand = await stage.house('demand', `云帆${mark}`, [{ login: `lin-${mark}` }])
  const organizer = shared
    ? null
    : await stage.house('organizer', '众衡', [{ login: 'zhou-heng' }, { login: 'wu-cheng', posts: ['member'] }])
  const tester = await stage.house('tester', `陈默${mark}`, [{ login: `chen-${mark}` }])
  const tester2 = await stage.house('tester', `白鹭${mark}`, [{ login: `he-${mark}` }])
  const auditor = await stage.house('auditor', `信衡${mark}`, [{ login: `fang-${mark}` }])
  return {
    demand: one(demand, `lin-${mark}`),
    organizer: shared?.organizer ?? one(organizer as NonNullable<typeof organizer>, 'zhou-heng'),
    organizer2: shared?.organizer2 ?? one(organizer as NonNullable<typeof organizer>, 'wu-cheng'),
    tester: one(tester, `chen-${mark}`),
    tester2: one(tester2, `he-${mark}`),
    auditor: one(auditor, `fang-${mark}`),
    orgIds: {
      demand: demand.orgId,
      organizer: shared?.orgIds.organizer ?? (organizer as NonNullable<typeof organizer>).orgId,
      tester: tester.orgId,
      tester2: tester2.orgId,
      auditor: auditor.orgId,
    },
  }
}

/** A demand that lacks nothing but its scope: the body of `POST /api/engagements`. */
export const demandDraft = (cast: Cast) => ({
  title: '商城众测',
  goals: '检验商城对外服务的安全性。',
  windowOpens: new Date(Date.now() - 60_000).toISOString(),
  windowCloses: new Date(Date.now() + 3_600_000).toISOString(),
  auditMode: 'third_party' as const,
  dataLevel: 'general' as const,
  environment: 'dedicated' as const,
  organizerOrgId: cast.orgIds.organizer,
  auditorOrgId: cast.orgIds.auditor,
  minGrade: 1,
  rewardTable: [],
  budgetFen: 0,
})

/** A finding that lacks nothing, on the practice shop: the body of `POST …/findings`. */
export const findingDraft = (stage: Stage, cites: readonly string[]) => ({
  title: '商品搜索存在 SQL 注入',
  asset: `http://${stage.target.host}:${stage.target.port}/`,
  cwe: 'CWE-89',
  cvssVector: null,
  severity: 'high' as const,
  description: '搜索参数直接拼入查询语句，可以读取其他顾客的数据。',
  steps: '1. 打开搜索页\n2. 输入单引号',
  impact: '可以读取顾客数据表。',
  repair: '',
  cites: [...cites],
})

/** An engagement in the state `testing` with two testers who hold leases. */
export async function inTesting(stage: Stage, cast: Cast, title = '商城众测'): Promise<string> {
  const { engagementId } = await prepareEngagement(
    cast,
    stage.target,
    title,
    stage.folder,
    () => undefined,
    cast.orgIds,
  )
  return engagementId
}

/** Puts a recorded exchange of a tester into the index, as the recorder's feed would. */
export async function recordedExchange(
  stage: Stage,
  engagementId: string,
  person: Person,
  more: { kind?: string; path?: string } = {},
): Promise<string> {
  const me = await person.call('GET /api/me', {})
  const { leases } = await person.call('GET /api/engagements/:engagementId/leases', { params: { engagementId } })
  const lease = leases[0]
  if (!lease) throw new Error('the tester needs a lease to have traffic')
  const id = makeId('exchange', new Date(), randomBytes(10))
  const digest = (): string => randomBytes(32).toString('hex')
  await inSystemWork(stage.deps, async (work) => {
    const last = await work.db
      .selectFrom('exchanges')
      .select((eb) => eb.fn.max('sequence').as('last'))
      .executeTakeFirst()
    await work.db
      .insertInto('exchanges')
      .values({
        sequence: Number(last?.last ?? 0) + 1,
        id,
        engagement_id: engagementId,
        lease_id: lease.leaseId,
        person_id: me.personId,
        org_id: me.orgId,
        segment_id: makeId('segment', new Date(), randomBytes(10)),
        kind: more.kind ?? 'http',
        started_at: work.now,
        finished_at: work.now,
        scheme: 'http',
        method: 'GET',
        host: stage.target.host,
        port: stage.target.port,
        path: more.path ?? '/search?q=1',
        address: '127.0.0.1',
        status: 200,
        outcome: 'complete',
        content_type: 'text/html',
        target_verified: null,
        http_version: null,
        target_fault: null,
        egress: null,
        tunnel: 'null',
        request_bytes: 120,
        response_bytes: 5120,
        request_digest: digest(),
        response_digest: digest(),
        policy_digest: digest(),
        refusal: JSON.stringify(more.kind === 'refusal' ? { code: 'out_of_scope', rule: 'SCOPE-1', detail: '' } : null),
      })
      .execute()
  })
  return id
}

/** A submitted finding that cites one exchange of its tester. */
export async function submittedFinding(
  stage: Stage,
  engagementId: string,
  person: Person,
  more: { title?: string } = {},
): Promise<string> {
  const cite = await recordedExchange(stage, engagementId, person)
  const page = await person.call('POST /api/engagements/:engagementId/findings', {
    params: { engagementId },
    body: { ...findingDraft(stage, [cite]), ...more },
  })
  return page.findingId
}
