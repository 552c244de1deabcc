import { readFileSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Company, signInAll } from '@zhongheng/tools/demo/cast.ts'
import type { Lease } from '@zhongheng/tools/demo/http-clients.ts'
import { prepareEngagement } from '@zhongheng/tools/demo/prepare.ts'
import { commandOf } from '@zhongheng/tools/processes.ts'
import pg from 'pg'
import { type LaunchedDemo, launchDemo } from '../journeys/platform.ts'
import { ask } from './ask.ts'

/** What can be killed. */
export const victims = ['database', 'server', 'gateway', 'recorder'] as const
export type Victim = (typeof victims)[number]

/** The whole platform of real processes, with an engagement in testing, a finding to comment on and a lease to test with. */
export type House = {
  readonly demo: LaunchedDemo
  readonly company: Company
  readonly engagementId: string
  readonly findingId: string
  readonly lease: Lease
  /** Address of a page of the practice target that is the same whatever its query says. */
  readonly page: string
  /** The process of a program; undefined while it is being started. */
  pidOf(victim: Victim): number | undefined
  /** Asks the database as its superuser, past every row policy. */
  rows<R extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<R[]>
  close(): Promise<void>
}

export async function openHouse(
  options: { readonly environment?: Readonly<Record<string, string>>; readonly data?: string } = {},
): Promise<House> {
  const demo = await launchDemo({ webPages: false, ...options })
  const { stage } = demo
  const data = stage.dataFolder
  await mkdir(stage.workFolder, { recursive: true, mode: 0o700 })
  const company = await signInAll(stage.base, data)
  const { engagementId, leases } = await prepareEngagement(
    company,
    stage.target,
    '故障演练',
    stage.workFolder,
    () => {},
  )
  const page = `http://${stage.target.host}:${stage.target.port}/products/1`
  const exchangeId = await firstExchange(company, engagementId, leases.tester, page)
  const finding = await company.tester.call('POST /api/engagements/:engagementId/findings', {
    params: { engagementId },
    body: {
      title: '商品页存在问题',
      asset: `http://${stage.target.host}:${stage.target.port}/`,
      cwe: 'CWE-89',
      cvssVector: null,
      severity: 'high',
      description: '用于故障演练的报告，内容不重要。',
      steps: '1. 打开商品页',
      impact: '仅为演练，没有影响。',
      repair: '',
      cites: [exchangeId],
    },
  })
  return {
    demo,
    company,
    engagementId,
    findingId: finding.findingId,
    lease: leases.tester,
    page,
    pidOf: (victim) => (victim === 'database' ? postmaster(data)?.pid : programOf(data, victim)),
    async rows<R extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) {
      const password = readFileSync(join(data, 'postgres/superuser-password'), 'utf8').trim()
      const client = new pg.Client({
        host: '127.0.0.1',
        port: postmaster(data)?.port ?? 0,
        user: 'postgres',
        password,
        database: 'zhongheng',
      })
      await client.connect()
      try {
        return (await client.query<R>(text, [...values])).rows
      } finally {
        await client.end()
      }
    },
    async close() {
      await demo.end()
      await rm(data, { recursive: true, force: true })
    },
  }
}

async function firstExchange(company: Company, engagementId: string, lease: Lease, page: string): Promise<string> {
  for (let n = 0; n < 80; n++) {
    await ask(lease, page)
    const { exchanges } = await company.tester.call('GET /api/engagements/:engagementId/exchanges', {
      params: { engagementId },
      query: { verdict: 'passed', limit: 1 },
    })
    if (exchanges[0] !== undefined) return exchanges[0].exchangeId
    await wait(250)
  }
  throw new Error('the gateway lets nothing through')
}

/** Process and port of the embedded database; undefined while it is away. */
function postmaster(data: string): { readonly pid: number; readonly port: number } | undefined {
  try {
    const lines = readFileSync(join(data, 'postgres/data/postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(lines[0]), port: Number(lines[3]) }
  } catch {
    return undefined
  }
}

/** The launcher notes its programs in the lock; which is which is seen in their command lines. */
function programOf(data: string, name: string): number | undefined {
  const { children } = JSON.parse(readFileSync(join(data, 'lock'), 'utf8')) as { children: readonly number[] }
  return children.find((pid) => commandOf(pid).includes(`/${name}/main/main.ts`))
}
