import { password } from './stage.ts'

export type Asked = {
  readonly body?: unknown
  /** The body's bytes as they are, instead of `body`. */
  readonly raw?: string
  readonly headers?: Record<string, string>
  /** The cookie; '' for nobody. */
  readonly as?: string
}
/** A refusal's body, as tests look at it. */
export type RefusedBody = {
  readonly rule?: string
  readonly code: string
  readonly fields: readonly { readonly field: string; readonly limit: object; readonly fix: object }[]
}
export type Answer = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** Parsed where the answer says JSON. */
  readonly json: RefusedBody
}

/** Asks as a browser would, with a chosen cookie and, where wanted, wrong headers and bodies; 10 s at most. */
export async function ask(base: string, method: string, path: string, asked: Asked = {}): Promise<Answer> {
  const text = asked.raw ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body))
  const response = await fetch(base + path, {
    method,
    headers: {
      ...(asked.as === undefined ? {} : { cookie: asked.as }),
      ...(method === 'GET' ? {} : { 'x-zhongheng': '1' }),
      ...(text === undefined ? {} : { 'content-type': 'application/json' }),
      ...asked.headers,
    },
    ...(text === undefined ? {} : { body: text }),
    signal: AbortSignal.timeout(10_000),
  })
  const answer = await response.text()
  const json: unknown =
    /json/.test(response.headers.get('content-type') ?? '') && answer ? JSON.parse(answer) : undefined
  return { status: response.status, headers: response.headers, text: answer, json: json as RefusedBody }
}

/** The cookie of somebody of the scene who signs in. @throws Error when the sign-in is refused */
export async function cookieOf(base: string, login: string): Promise<string> {
  const answer = await ask(base, 'POST', '/api/sign-in', { body: { login, password } })
  if (answer.status !== 200) throw new Error(`${login} was not signed in: ${answer.status} ${answer.text}`)
  return (answer.headers.getSetCookie()[0] ?? '').split(';')[0] ?? ''
}
