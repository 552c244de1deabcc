import type { Call } from '@zhongheng/contracts/http/index.ts'
import { dayIn, spanOf } from '../../app/days.ts'
import { idIn, oneOf, present, type RawSearch, text } from '../../app/search.ts'

type Query = NonNullable<Call<'GET /api/engagements/:engagementId/readings'>['query']>

type ReadingKind = NonNullable<Query['what']>

/** In the order in which they are offered; the type holds it to all that the server knows. */
export const readingKinds = Object.keys({
  finding: true,
  exchange: true,
  unmasked: true,
  search: true,
  captures: true,
  document: true,
  pack: true,
  segment: true,
  attachment: true,
} satisfies Record<ReadingKind, true>) as readonly ReadingKind[]

/** What the address says of the reading record; days are the viewer's, both ends included. */
export type ReadingFilters = Pick<Query, 'what' | 'personId' | 'findingId' | 'code'> & {
  readonly from?: string
  readonly to?: string
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

/** The question behind the filters. */
export const readingQuery = ({ from, to, ...rest }: ReadingFilters): Query => ({ ...rest, ...spanOf({ from, to }) })
