import type { ProblemBody } from '@zhongheng/contracts/http/shape.ts'

export type Bilingual = { readonly zh: string; readonly en: string }
export type FieldRefusal = { readonly field: string; readonly limit: Bilingual; readonly fix: Bilingual }

/** What the server refused, or what kept the call from reaching it (`status` 0). The page shows it as it is. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  readonly code: string
  readonly text: Bilingual
  readonly rule: string | undefined
  readonly fields: readonly FieldRefusal[]
  constructor(body: Pick<ProblemBody, 'status' | 'code' | 'text' | 'fields'> & { rule?: string | undefined }) {
    super(body.text.en)
    this.status = body.status
    this.code = body.code
    this.text = body.text
    this.rule = body.rule
    this.fields = body.fields
  }
}

/** No answer at all: the network is down or the server is starting. */
export const unreachable = (): ApiProblem =>
  new ApiProblem({
    status: 0,
    code: 'unreachable',
    text: { zh: '连接不上服务器，请稍后重试', en: 'The server cannot be reached. Try again in a moment.' },
    fields: [],
  })

/** Reads a refusal out of an answer, whatever stands in it: a proxy in between may answer with HTML. */
export function problemOf(status: number, body: unknown): ApiProblem {
  if (isProblemBody(body)) return new ApiProblem(body)
  return new ApiProblem({
    status,
    code: 'unexpected',
    text: {
      zh: `服务器的回答无法识别（HTTP ${status}），请重试`,
      en: `The answer could not be understood (HTTP ${status}). Try again.`,
    },
    fields: [],
  })
}

function isProblemBody(body: unknown): body is ProblemBody {
  if (typeof body !== 'object' || body === null) return false
  const { status, code, text, fields } = body as Partial<ProblemBody>
  return (
    typeof status === 'number' &&
    typeof code === 'string' &&
    typeof text?.zh === 'string' &&
    typeof text.en === 'string' &&
    Array.isArray(fields)
  )
}

/** `body.rewardTable.0.minFen` as a form names it: `['rewardTable', 0, 'minFen']`. */
export function formPath(field: string): (string | number)[] {
  const steps = field.split('.')
  if (['body', 'query', 'params'].includes(steps[0] ?? '')) steps.shift()
  return steps.map((step) => (/^\d+$/.test(step) ? Number(step) : step))
}

/** Field errors in the shape of antd's `form.setFields`, in one language. */
export function formErrors(
  problem: ApiProblem,
  language: keyof Bilingual,
): { name: (string | number)[]; errors: string[] }[] {
  return problem.fields.map(({ field, limit, fix }) => ({
    name: formPath(field),
    errors: [`${limit[language]}${language === 'zh' ? '。' : '. '}${fix[language]}`],
  }))
}
