import type { Call, EndpointKey, Reply } from '@zhongheng/contracts/http/index.ts'

/** A refusal as the API answered it. */
export class Refused extends Error {
  readonly status: number
  readonly rule: string | undefined
  constructor(key: string, status: number, body: { detail?: string; rule?: string }) {
    super(`${key} → ${status} ${body.rule ?? ''} ${body.detail ?? ''}`)
    this.status = status
    this.rule = body.rule
  }
}

/**
 * Somebody who uses the API as a browser would: signs in, keeps the cookies, sends the header against forged requests, and
 * confirms with the password when a dangerous act asks for it.
 */
export class Person {
  readonly name: string
  private readonly base: string
  private readonly cookies = new Map<string, string>()
  private password: string | null = null
  constructor(base: string, name: string) {
    this.base = base
    this.name = name
  }
  static async signIn(base: string, login: string, password: string): Promise<Person> {
    const person = new Person(base, login)
    await person.call('POST /api/sign-in', { body: { login, password } })
    person.password = password
    return person
  }
  async call<K extends EndpointKey>(key: K, input: Call<K>): Promise<Reply<K>> {
    const response = await this.fetch(key, input)
    const text = await response.text()
    const body: unknown = text ? JSON.parse(text) : undefined
    if (!response.ok) throw new Refused(key, response.status, (body ?? {}) as object)
    return body as Reply<K>
  }
  async file<K extends EndpointKey>(key: K, input: Call<K>): Promise<Buffer> {
    const response = await this.fetch(key, input)
    if (!response.ok) throw new Refused(key, response.status, (await response.json()) as object)
    return Buffer.from(await response.arrayBuffer())
  }
  /** The answer, for tests that look at status, headers and bytes; after a step-up where one was asked for. */
  async fetch(key: string, input: Input): Promise<Response> {
    const response = await this.send(key, input)
    if (response.status !== 403 || this.password === null) return response
    const refusal = (await response.clone().json()) as { rule?: string }
    if (refusal.rule !== 'STEPUP-1') return response
    const confirmed = await this.send('POST /api/step-up', { body: { password: this.password } })
    return confirmed.ok ? this.send(key, input) : response
  }
  /** The raw answer, whatever it is. */
  async send(key: string, input: Input): Promise<Response> {
    const [method = 'GET', path = ''] = key.split(' ')
    const params = (input.params ?? {}) as Record<string, string | number>
    const query = new URLSearchParams(
      Object.entries(input.query ?? {}).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)]],
      ),
    )
    const url = `${this.base}${path.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(String(params[name] ?? '')))}${query.size > 0 ? `?${query}` : ''}`
    const response = await fetch(url, {
      method,
      headers: {
        ...(this.cookies.size > 0 ? { cookie: this.cookie } : {}),
        'accept-language': 'zh-CN',
        ...(method === 'GET' ? {} : { 'x-zhongheng': '1' }),
        ...(input.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(input.bytes === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        ...input.headers,
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
      ...(input.bytes === undefined ? {} : { body: Buffer.from(input.bytes) }),
      signal: AbortSignal.timeout(60_000),
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') this.cookies.delete(name)
      else this.cookies.set(name, value)
    }
    return response
  }
  /** What this browser sends as its cookies. */
  get cookie(): string {
    return [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}

/** Reads the privacy notice as this person, and says so. */
export async function readNotice(person: Person): Promise<void> {
  const { notice, due } = await person.call('GET /api/account/privacy', {})
  if (due === null) return
  const body = { version: notice.version, language: 'zh-CN' } as const
  await person.call('POST /api/account/privacy/acknowledgement', { body })
}

/** Consents to one purpose of the privacy notice in force. */
export async function consentTo(person: Person, purpose: 'mail' | 'skills'): Promise<void> {
  const { version } = await person.call('GET /api/privacy-notice', {})
  const body = { purpose, given: true, version, language: 'zh-CN' } as const
  await person.call('PUT /api/account/privacy/consent', { body })
}

type Input = {
  params?: object | undefined
  query?: object | undefined
  body?: unknown
  /** A file as the body. */
  bytes?: Uint8Array
  headers?: Readonly<Record<string, string>>
}
