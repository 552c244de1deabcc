import { describe, expect, it } from 'vitest'
import { ApiProblem, formErrors, formPath, problemOf } from './problem.ts'

const refusal = {
  type: 'about:blank#INPUT-1',
  title: 'malformed',
  status: 422,
  code: 'malformed',
  detail: 'x',
  text: { zh: '请求有误', en: 'the request is wrong' },
  rule: 'INPUT-1',
  fields: [
    {
      field: 'body.rewardTable.1.minFen',
      limit: { zh: '不能小于 0', en: 'at least 0' },
      fix: { zh: '请改正', en: 'change it' },
    },
  ],
}

describe('a refusal', () => {
  it('keeps status, rule, text and fields', () => {
    const problem = problemOf(422, refusal)
    expect(problem).toBeInstanceOf(ApiProblem)
    expect(problem).toMatchObject({
      status: 422,
      code: 'malformed',
      rule: 'INPUT-1',
      text: refusal.text,
      fields: refusal.fields,
    })
  })
  it.each([undefined, null, '<html>Bad gateway</html>', {}, { status: 502 }, { ...refusal, text: 'x' }])(
    'that is no problem document (%j) still says something in both languages',
    (body) => {
      const problem = problemOf(502, body)
      expect(problem.status).toBe(502)
      expect(problem.code).toBe('unexpected')
      expect(problem.text.zh).toContain('502')
      expect(problem.text.en).toContain('502')
    },
  )
})

describe('the field that a refusal names', () => {
  it.each([
    ['body.title', ['title']],
    ['title', ['title']],
    ['query.limit', ['limit']],
    ['body.rewardTable.1.minFen', ['rewardTable', 1, 'minFen']],
    ['body.fields.contact', ['fields', 'contact']],
  ])('%s is the form’s %j', (field, path) => {
    expect(formPath(field)).toEqual(path)
  })
  it('gets limit and fix in the reader’s language', () => {
    const problem = problemOf(422, refusal)
    expect(formErrors(problem, 'zh')).toEqual([{ name: ['rewardTable', 1, 'minFen'], errors: ['不能小于 0。请改正'] }])
    expect(formErrors(problem, 'en')).toEqual([
      { name: ['rewardTable', 1, 'minFen'], errors: ['at least 0. change it'] },
    ])
  })
})
