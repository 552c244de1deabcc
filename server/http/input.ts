import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { malformed, notFound, plainName } from './problems.ts'

/** One part of a request by its schema, strictly. @throws Problem malformed or, outside the body, unreadable INPUT-1; not_found for a path that is no id */
export function parsePart(
  where: string,
  schema: { safeParse(value: unknown): { success: boolean; data?: unknown; error?: unknown } } | undefined,
  value: unknown,
): unknown {
  if (!schema) {
    const keys = Object.keys((value ?? {}) as object).map(plainName)
    if (keys.length > 0)
      throw new Problem(
        'unreadable',
        say(`不认识的参数：${keys.slice(0, 5).join('、')}`, `unknown parameters: ${keys.slice(0, 5).join(', ')}`),
        {
          rule: 'INPUT-1',
          fields: keys.slice(0, 5).map((key) => ({
            field: `${where}.${key}`,
            limit: say('不认识的字段', 'unknown field'),
            fix: say('请去掉', 'leave it out'),
          })),
        },
      )
    return {}
  }
  const parsed = schema.safeParse(value)
  // A path that is not an id names nothing: absent and malformed ids answer alike.
  if (!parsed.success && where === 'params') throw notFound()
  if (!parsed.success) throw malformed(where, parsed.error as never)
  return parsed.data
}

export function parseNothing(body: unknown): undefined {
  if (body !== undefined && body !== null && !(typeof body === 'object' && Object.keys(body).length === 0))
    throw new Problem('malformed', say('此接口不接受请求体', 'this call takes no body'), {
      rule: 'INPUT-1',
      fields: [{ field: 'body', limit: say('应为空', 'must be empty'), fix: say('去掉请求体', 'leave it out') }],
    })
  return undefined
}

/** Reads `body.cites[]` or `params.engagementId` out of the parsed parts. */
export function pick(parts: Record<string, unknown>, field: string): unknown {
  return follow(parts, field.split('.'))
}

/** Behind a step with `[]` each item of the list is followed; at the end of the way the list itself is the value. */
function follow(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps
  if (step === undefined) return value
  if (typeof value !== 'object' || value === null) return undefined
  const next: unknown = (value as Record<string, unknown>)[step.replace(/\[\]$/, '')]
  if (!step.endsWith('[]') || rest.length === 0) return follow(next, rest)
  return Array.isArray(next) ? next.flatMap((one: unknown) => follow(one, rest)) : undefined
}

export const badJson = (cause: unknown): Problem =>
  new Problem('unreadable', say('请求体不是有效的 JSON', 'the body is not valid JSON'), {
    rule: 'INPUT-2',
    fields: [
      {
        field: 'body',
        limit: say('RFC 8259 JSON，最多 20 层', 'RFC 8259 JSON, at most 20 levels'),
        fix: say('修正 JSON', 'mend the JSON'),
      },
    ],
    cause,
  })

/** A body as a value: depth, doubled names and text that no database can hold are refused here. @throws Problem unreadable INPUT-2, INPUT-8 */
export function readJson(text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw badJson(error)
  }
  // Of a name that stands twice in one object, readers take the first or the last: two readers, two requests.
  const names = checkJson(value, 20)
  let written = 0
  for (const [, colon] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"\s*(:)?/g)) if (colon) written += 1
  if (written !== names) throw badJson(undefined)
  return value
}

/** @returns how many names the value's objects have */
function checkJson(value: unknown, levels: number, at = 'body'): number {
  if (typeof value === 'string') checkText(value, at)
  if (typeof value !== 'object' || value === null) return 0
  if (levels === 0) throw badJson(undefined)
  const entries = Object.entries(value)
  let names = Array.isArray(value) ? 0 : entries.length
  for (const [name, inner] of entries) {
    checkText(name, at)
    names += checkJson(inner, levels - 1, `${at}.${plainName(name)}`)
  }
  return names
}

/** PostgreSQL keeps no NUL, and half of a surrogate pair is no character. @throws Problem unreadable INPUT-8 */
export function checkText(text: string, field: string): void {
  if (!text.includes('\u0000') && text.isWellFormed()) return
  throw new Problem('unreadable', say(`${field} 含无效字符`, `${field} holds an invalid character`), {
    rule: 'INPUT-8',
    fields: [
      {
        field,
        limit: say('不得含 NUL 或不成对的代理字符', 'no NUL and no unpaired surrogates'),
        fix: say('去掉这些字符', 'take these characters out'),
      },
    ],
  })
}
