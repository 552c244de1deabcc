import type { Outbound } from '@zhongheng/domain/authorizations/judge.ts'
import { parseHostTarget, type Target } from '@zhongheng/domain/authorizations/target.ts'
import { textOf } from './reading.ts'

/** Fields by which widespread frameworks let a request change its method after it was let in. */
const methodFields = new Set(['x-http-method-override', 'x-http-method', 'x-method-override'])
/** Fields by which front ends tell a framework another path; several obey them from anybody. */
const pathFields = new Set(['x-original-url', 'x-rewrite-url', 'x-override-url', 'x-original-uri'])

type Said = { readonly name: string; readonly value: string }

/**
 * What a request says a second time of its method and path: where the target obeys it, the method that the test rules forbid
 * or the path outside the scope comes in by a field. Each is judged like what stands in the request line.
 * @param fields names in lower case, values one character per byte
 */
export function saidTwice(fields: readonly Said[], outbound: Outbound, target: Target): readonly Outbound[] {
  const more: Outbound[] = []
  const asMethod = (value: string): void => {
    const method = value.trim()
    if (method !== '') more.push({ ...outbound, method })
  }
  for (const { name, value } of fields) {
    if (methodFields.has(name)) asMethod(value)
    else if (pathFields.has(name)) more.push({ ...outbound, target: elsewhere(target, value.trim()) })
  }
  const query = target.path?.split('?').slice(1).join('?') ?? ''
  if (/_method|%/i.test(query)) for (const value of new URLSearchParams(query).getAll('_method')) asMethod(value)
  return more
}

/** The path of a value that may be a whole address; its host is not obeyed by anybody, the path may be. */
function elsewhere(target: Target, value: string): Outbound['target'] {
  const written = (textOf(value) ?? value).replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, '')
  const host = target.address?.family === 6 ? `[${target.host}]` : target.host
  const path = written.startsWith('/') ? written : `/${written}`
  return parseHostTarget(target.scheme, `${host}:${target.port}`, path)
}
