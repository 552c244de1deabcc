import { randomBytes } from 'node:crypto'

/** The part that all marks share: what is searched for. No word of any text holds it. */
export const latinStem = 'qzxvkjwqpzfh'
export const hanStem = '龘靐齉爩鱻麤'

/** A unique text that was sent somewhere. */
export type Mark = { readonly text: string; readonly where: string }

export type Marks = {
  readonly sent: readonly Mark[]
  /** A new mark, remembered with where it goes. */
  make(where: string, han?: boolean): string
}

export function openMarks(): Marks {
  const sent: Mark[] = []
  return {
    sent,
    make(where, han = false) {
      const tail = String(sent.length).padStart(4, '0')
      // Digits that are words of Chinese, so that the whole mark is one run of its script.
      const digits = [...tail].map((digit) => '零壹贰叁肆伍陆柒捌玖'[Number(digit)]).join('')
      const text = han
        ? `${hanStem}${digits}`
        : `${latinStem}${tail}${randomBytes(4).toString('hex').replace(/\d/g, 'k')}`
      sent.push({ text, where })
      return text
    },
  }
}

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/**
 * A `fetch` that writes a mark of its own into each text of a JSON body which is to be sealed.
 * @param sealed which texts are: route (`POST /api/x/:id`) and path in the body (`fields.*`)
 */
export function marking(
  plain: typeof fetch,
  base: string,
  marks: Marks,
  sealed: ReadonlyMap<string, readonly string[]>,
): typeof fetch {
  const routes = [...sealed].map(([key, paths]) => {
    const [method = '', path = ''] = key.split(' ')
    return { key, method, paths, form: new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}$`) }
  })
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const route = routes.find(
      (one) => one.method === init?.method && url.origin === base && one.form.test(url.pathname),
    )
    if (route === undefined || typeof init?.body !== 'string') return plain(input, init)
    const body = marked(JSON.parse(init.body) as Json, '', route.paths, (where) => {
      const latin = marks.make(`${route.key} ${where}`)
      return /documentNumber|realName|reference|conflicts/.test(where)
        ? latin
        : `${latin} ${marks.make(`${route.key} ${where}`, true)}`
    })
    return plain(input, { ...init, body: JSON.stringify(body) })
  }
}

function marked(value: Json, at: string, paths: readonly string[], mark: (where: string) => string): Json {
  if (typeof value === 'string') {
    // A word of code is a choice, no text; and a text that was marked before comes back with a change.
    if (!fits(at, paths) || /^[a-z_]*$/.test(value) || value.includes(latinStem)) return value
    return at.endsWith('documentNumber') ? mark(at) : `${value} ${mark(at)}`
  }
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => marked(one, at, paths, mark))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, marked(one, at === '' ? name : `${at}.${name}`, paths, mark)]),
  )
}

const fits = (at: string, paths: readonly string[]): boolean =>
  paths.some((path) => path === at || (path.endsWith('.*') && at.startsWith(path.slice(0, -1))))
