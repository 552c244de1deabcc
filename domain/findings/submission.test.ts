import { describe, expect, it } from 'vitest'
import { Problem } from '../shared/problem.ts'
import { type CitedRow, type Submission, type SubmissionContext, checkSubmission } from './submission.ts'

const submission: Submission = {
  title: '商品搜索存在 SQL 注入',
  asset: 'https://shop.example.com/',
  cwe: 'CWE-89',
  cvssVector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
  severity: 'critical',
  description: '搜索参数 q 直接拼入查询语句，使用联合查询可以读出顾客表的登录名与口令。',
  steps: '1. 打开商品搜索。2. 提交联合查询。',
  impact: '未登录的攻击者可以读取顾客数据。',
  repair: '',
}
const own = (exchangeId: string): CitedRow => ({
  exchangeId,
  testerId: '林小满',
  engagementId: '春季众测',
  kind: 'http',
})
const context: SubmissionContext = {
  submitter: { personId: '林小满', engagementId: '春季众测' },
  cited: [own('xch_1'), own('xch_2')],
  assets: ['https://shop.example.com/', 'https://api.example.com/'],
  isWeakness: (cwe) => cwe === 'CWE-89',
}
const handIn = (change: Partial<Submission> = {}, around: Partial<SubmissionContext> = {}) =>
  checkSubmission({ ...submission, ...change }, { ...context, ...around })
function refusal(change: Partial<Submission>, around: Partial<SubmissionContext> = {}): Problem {
  try {
    handIn(change, around)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('a submission by 林小满', () => {
  it('that cites own traffic to an asset in scope is taken, with the score of its vector', () => {
    expect(handIn()).toEqual({ severity: 'critical', score: 9.8 })
    expect(handIn({ cvssVector: null, severity: 'low' })).toEqual({ severity: 'low', score: null })
  })
  it('names everything wrong with its form at once', () => {
    const problem = refusal({
      title: '注入',
      description: '  短  ',
      impact: '',
      steps: 'x'.repeat(50_001),
      cwe: 'CWE-1',
    })
    expect(problem).toMatchObject({ code: 'malformed', rule: 'SUB-1' })
    expect(problem.fields.map((one) => one.field)).toEqual([
      'body.title',
      'body.description',
      'body.steps',
      'body.impact',
      'body.cwe',
    ])
    expect(problem.fields[0]).toMatchObject({ limit: { en: '4 to 200 characters' }, fix: { en: 'say more' } })
  })
  it('takes a title of 4 to 200 characters', () => {
    expect(handIn({ title: '注入漏洞' })).toBeDefined()
    expect(handIn({ title: '漏'.repeat(200) })).toBeDefined()
    expect(refusal({ title: '漏'.repeat(201) }).rule).toBe('SUB-1')
  })
  it('may not call a 9.8 low', () => {
    const problem = refusal({ severity: 'low' })
    expect(problem).toMatchObject({ rule: 'SEV-1', fields: [{ field: 'body.severity' }] })
    expect(problem.fields[0]?.limit).toEqual({
      zh: 'CVSS 分值 9.8 对应“超危”',
      en: 'the CVSS score 9.8 means “Critical”',
    })
  })
  it('names the vector’s own field when the vector is wrong', () => {
    expect(refusal({ cvssVector: 'CVSS:3.1/AV:N' }).fields[0]?.field).toBe('body.cvssVector')
  })
  it('is about an asset of the scope version in force', () => {
    const problem = refusal({ asset: 'https://pay.example.com/' })
    expect(problem).toMatchObject({ code: 'malformed', rule: 'ASSET-1' })
    expect(problem.fields[0]?.fix.en).toContain('https://api.example.com/')
  })
})

describe('citations', () => {
  it('are never none (CITE-2) nor too many (CITE-4)', () => {
    expect(refusal({}, { cited: [] }).rule).toBe('CITE-2')
    expect(refusal({}, { cited: Array.from({ length: 51 }, (_, at) => own(`xch_${at}`)) }).rule).toBe('CITE-4')
  })
  it('of another’s exchange, of another engagement and of none are answered alike (CITE-1)', () => {
    const answers = [
      { exchangeId: 'xch_9', testerId: '高远', engagementId: '春季众测', kind: 'http' },
      { exchangeId: 'xch_9', testerId: '林小满', engagementId: '秋季众测', kind: 'http' },
      { exchangeId: 'xch_9', testerId: '高远', engagementId: '春季众测', kind: 'refusal' },
      null,
    ].map((row) => {
      const { code, rule, text, fields } = refusal({}, { cited: [own('xch_1'), row] })
      return { code, rule, text, fields }
    })
    expect(answers[0]).toMatchObject({ rule: 'CITE-1', fields: [{ field: 'body.cites.1' }] })
    for (const answer of answers) expect(answer).toEqual(answers[0])
  })
  it('of a refused request prove nothing (CITE-3)', () => {
    const refusedOne: CitedRow = { exchangeId: 'xch_3', testerId: '林小满', engagementId: '春季众测', kind: 'refusal' }
    expect(refusal({}, { cited: [refusedOne] })).toMatchObject({ rule: 'CITE-3', fields: [{ field: 'body.cites.0' }] })
  })
})
