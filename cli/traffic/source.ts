import type { ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'

/** The server as its API shows it to one access token. */
export type Source = {
  readonly base: string
  readonly token: string
  readonly engagementId: string
  readonly signal: AbortSignal
}

/** What the list and the exports are narrowed by, as their query. */
export type Narrowing = { readonly [name: string]: string }

/** The server refuses: asking again would not help. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly status: number
  readonly text: { readonly zh: string; readonly en: string }
  /** Which rule refused, where the server says so. */
  readonly rule: string | undefined
  constructor(status: number, text: { zh: string; en: string }, rule?: string) {
    super(text.en)
    this.status = status
    this.text = text
    this.rule = rule
  }
}

/** Milliseconds without a byte after which a connection counts as lost; the live stream speaks every 15 seconds. */
const patience = 40_000
const longestPage = 8 * 1024 * 1024

/** Opens an address below the engagement. @throws Refused, and what `fetch` throws while nobody can be reached */
export async function open(source: Source, path: string, query: Narrowing): Promise<Response> {
  const url = new URL(`/api/engagements/${encodeURIComponent(source.engagementId)}/${path}`, source.base)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  const response = await fetch(url, {
    redirect: 'error',
    headers: { authorization: `Bearer ${source.token}` },
    signal: source.signal,
  })
  if (response.ok) return response
  const problem = await wholeOf(response).catch(() => ({}))
  const { text, rule } = problem as { text?: { zh?: unknown; en?: unknown }; rule?: unknown }
  if (response.status >= 400 && response.status < 500 && response.status !== 429)
    throw new Refused(
      response.status,
      {
        zh: typeof text?.zh === 'string' ? text.zh : `服务器拒绝（${response.status}）`,
        en: typeof text?.en === 'string' ? text.en : `the server refuses (${response.status})`,
      },
      typeof rule === 'string' ? rule : undefined,
    )
  throw new Error(`answered with ${response.status}`)
}

/** Bytes as they come; ends with an error when nothing comes for too long. */
export async function* bytesOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader()
  let timer: NodeJS.Timeout | undefined
  try {
    for (;;) {
      const quiet = Promise.withResolvers<never>()
      timer = setTimeout(() => quiet.reject(new Error('nothing came')), patience)
      const { done, value } = await Promise.race([reader.read(), quiet.promise])
      clearTimeout(timer)
      if (done) return
      yield value
    }
  } finally {
    clearTimeout(timer)
    await reader.cancel().catch(() => undefined)
  }
}

async function wholeOf(response: Response): Promise<unknown> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const part of bytesOf(response)) {
    size += part.length
    if (size > longestPage) throw new Error('an answer of more than 8 MiB')
    parts.push(part)
  }
  return JSON.parse(Buffer.concat(parts).toString('utf8')) as unknown
}

/** How many exchanges an export would hold, and the highest sequence among them. @throws as `open` does */
export async function sizeOf(source: Source, query: Narrowing): Promise<{ exchanges: number; until: number }> {
  const size = (await wholeOf(await open(source, 'captures/size', query))) as { exchanges?: unknown; until?: unknown }
  if (!Number.isSafeInteger(size.exchanges) || !Number.isSafeInteger(size.until))
    throw new Error('the answer cannot be read')
  return { exchanges: Number(size.exchanges), until: Number(size.until) }
}

type Row = Pick<
  ExchangeRowView,
  'sequence' | 'startedAt' | 'testerName' | 'method' | 'scheme' | 'host' | 'port' | 'path' | 'status' | 'durationMs'
> &
  Pick<ExchangeRowView, 'responseBytes' | 'refusal'>

/** One page of the list. @throws Refused, or Error for an answer that is none */
export async function listed(source: Source, query: Narrowing): Promise<{ rows: Row[]; more: boolean }> {
  const page = (await wholeOf(await open(source, 'exchanges', query))) as { exchanges?: unknown; next?: unknown }
  if (!Array.isArray(page.exchanges)) throw new Error('the list cannot be read')
  const rows = page.exchanges as Row[]
  if (rows.some((row) => !Number.isSafeInteger(row.sequence))) throw new Error('the list cannot be read')
  return { rows, more: typeof page.next === 'string' }
}
