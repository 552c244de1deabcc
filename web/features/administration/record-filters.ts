import type { Call } from '@zhongheng/contracts/http/index.ts'
import { dayIn, spanOf } from '../../app/days.ts'
import { idIn, oneOf, present, type RawSearch } from '../../app/search.ts'

type Query = NonNullable<Call<'GET /api/administration-record'>['query']>
type Area = NonNullable<Query['area']>

/** In the order in which they are offered; the type holds it to all that the server knows. */
export const areas = Object.keys({
  members: true,
  rules: true,
  approvals: true,
  emergency: true,
  decoys: true,
  copies: true,
  sign_in: true,
  credentials: true,
  platform: true,
  refusals: true,
} satisfies Record<Area, true>) as readonly Area[]

/** What the address says of the administration record; days are the viewer's, both ends included. */
export type RecordFilters = Pick<Query, 'area' | 'personId'> & { readonly from?: string; readonly to?: string }

export const recordFilters = (raw: RawSearch): RecordFilters =>
  present({
    area: oneOf(raw, 'area', areas),
    personId: idIn(raw, 'personId', 'per'),
    from: dayIn(raw, 'from'),
    to: dayIn(raw, 'to'),
  })

/** The question behind the filters. */
export const recordQuery = ({ from, to, ...rest }: RecordFilters): Query => ({ ...rest, ...spanOf({ from, to }) })
