import type { ProblemBody } from '@zhongheng/contracts/http/shape.ts'
import { type FieldFault, Problem, type ProblemCode, say } from '@zhongheng/domain/shared/problem.ts'
import type { z } from 'zod'

/** The one place where a refusal becomes an HTTP status. */
export const statusOf = {
  unreadable: 400,
  malformed: 422,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  wrong_state: 409,
  conflict: 409,
  too_large: 413,
  unsupported_type: 415,
  misdirected: 421,
  refused: 422,
  too_many: 429,
  unavailable: 503,
} as const satisfies Record<ProblemCode, number>

export function problemBody(problem: Problem, chinese: boolean): ProblemBody {
  return {
    type: `about:blank#${problem.rule ?? problem.code}`,
    title: problem.code,
    status: statusOf[problem.code],
    code: problem.code,
    detail: chinese ? problem.text.zh : problem.text.en,
    text: problem.text,
    ...(problem.rule ? { rule: problem.rule } : {}),
    fields: problem.fields.map(({ field, limit, fix }) => ({ field, limit, fix })),
  }
}

/** @param takes the media type that the route takes */
export const wrongType = (takes = 'application/json'): Problem =>
  new Problem('unsupported_type', say(`只接受 ${takes}`, `only ${takes} is accepted`), { rule: 'INPUT-7' })

/** Hidden and absent must be one answer, so it is one object. */
export const notFound = (): Problem => new Problem('not_found', say('没有这个对象', 'there is no such object'))

/** A name that a client chose, as a refusal may repeat it: a plain word or nothing. No answer echoes what could be markup. */
export const plainName = (name: string): string => (/^[\w-]{1,60}$/.test(name) ? name : '…')

/** Turns what zod found into fields with limit and fix. */
export function malformed(where: string, error: z.ZodError): Problem {
  const fields = error.issues.slice(0, 20).map((issue): FieldFault => {
    const field = [where, ...issue.path.map((part) => plainName(String(part)))].join('.')
    if (issue.code === 'unrecognized_keys')
      return {
        field: `${field}.${issue.keys.slice(0, 5).map(plainName).join(', ')}`,
        limit: say('不认识的字段', 'unknown field'),
        fix: say('请去掉', 'leave it out'),
      }
    const limit = limitOf(issue)
    return { field, limit, fix: say('请按限制修改后重试', 'change it to fit and try again') }
  })
  const first = fields[0]
  return new Problem(
    where === 'body' ? 'malformed' : 'unreadable',
    say(`请求有误：${first?.field}：${first?.limit.zh}`, `the request is wrong: ${first?.field}: ${first?.limit.en}`),
    { rule: 'INPUT-1', fields },
  )
}

function limitOf(issue: z.core.$ZodIssue): { zh: string; en: string } {
  switch (issue.code) {
    case 'too_small':
      return say(
        `不能小于 ${issue.minimum}`,
        `at least ${issue.minimum}${issue.origin === 'string' ? ' characters' : ''}`,
      )
    case 'too_big':
      return say(
        `不能大于 ${issue.maximum}`,
        `at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`,
      )
    case 'invalid_type':
      return say(`应为 ${issue.expected}`, `must be ${issue.expected}`)
    case 'invalid_value':
      return say(`只能是：${issue.values.join('、')}`, `one of: ${issue.values.join(', ')}`)
    default:
      return say(`不符合要求（${issue.message}）`, issue.message)
  }
}
