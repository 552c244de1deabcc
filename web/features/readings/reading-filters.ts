import type { Call } from '@zhongheng/contracts/http/index.ts'
import { type RawSearch, oneOf, present, text } from '../../app/search.ts'

type Query = NonNullable<Call<'GET /api/engagements/:engagementId/readings'>['query']>

export const readingKinds = [
  'finding',
  'exchange',
  'unmasked',
  'search',
  'captures',
  'document',
  'pack',
  'segment',
  'attachment',
] as const satisfies readonly NonNullable<Query['what']>[]

/** What the address says of the reading record; days are the viewer's, both ends included. */
export type ReadingFilters = Pick<Query, 'what' | 'personId' | 'findingId' | 'code'> & {
  readonly from?: string
  readonly to?: string
}

const idIn = (raw: RawSearch, name: string, prefix: string): string | undefined => {
  const found = text(raw, name)
  return found !== undefined && new RegExp(`^${prefix}_[0-9a-hjkmnp-tv-z]{26}$`).test(found) ? found : undefined
}
const dayIn = (raw: RawSearch, name: string): string | undefined => {
  const found = text(raw, name)
  return found !== undefined && /^20\d\d-\d\d-\d\d$/.test(found) && !Number.isNaN(Date.parse(found)) ? found : undefined
}

/** The code of a mark as people type it from a picture: O, I and L are read as the digits that they are taken for. */
export function codeOf(typed: string | undefined): string | undefined {
  const code = typed?.trim().toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return code !== undefined && /^[0-9A-HJKMNP-TV-Z]{8}$/.test(code) ? code : undefined
}

export const readingFilters = (raw: RawSearch): ReadingFilters =>
  present({
    what: oneOf(raw, 'what', readingKinds),
    personId: idIn(raw, 'personId', 'per'),
    findingId: idIn(raw, 'findingId', 'fnd'),
    code: codeOf(text(raw, 'code')),
    from: dayIn(raw, 'from'),
    to: dayIn(raw, 'to'),
  })

/** The question behind the filters: a day begins and ends at midnight where the viewer is. */
export function readingQuery({ from, to, ...rest }: ReadingFilters): Query {
  const midnight = (day: string, later: number): string => {
    const [year = 0, month = 1, date = 1] = day.split('-').map(Number)
    return new Date(year, month - 1, date + later).toISOString()
  }
  return {
    ...rest,
    ...(from === undefined ? {} : { since: midnight(from, 0) }),
    ...(to === undefined ? {} : { until: midnight(to, 1) }),
  }
}
