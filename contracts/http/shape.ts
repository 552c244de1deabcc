import { posts } from '@zhongheng/domain/access/actor.ts'
import { jurisdictions } from '@zhongheng/domain/jurisdiction/codes.ts'
import { type IdKind, idPrefixes } from '@zhongheng/domain/shared/ids.ts'
import { z } from 'zod'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** One route as both sides see it. The key it stands under is `METHOD /path/:param`. */
export type Endpoint = {
  readonly summary: string
  readonly params?: z.ZodObject
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** The body is a file as it stands, of this media type, taken as a stream; it excludes `body`. */
  readonly takes?: 'application/octet-stream'
  /** Shape of the JSON answer; absent for an answer without content or for a file. */
  readonly reply?: z.ZodType
  /** Media type of a file answer, e.g. `application/pdf`. */
  readonly file?: string
  /** Others that it may have instead, as the caller asks. */
  readonly fileOr?: readonly string[]
  /**
   * A dangerous act: it wants a re-authentication of the last five minutes. A word instead of `true` says which of its
   * acts do; the route then tells them apart.
   */
  readonly stepUp?: true | 'signed_acts'
  /** Never by an access token: somebody signed in at a screen does it, though without step-up. */
  readonly personOnly?: true
  /** 200 unless said. */
  readonly status?: 200 | 201 | 202 | 204
}
export type HttpContract = { readonly [key: `${Method} /${string}`]: Endpoint }

/**
 * A field that refers to another object. The server does not start while a route leaves one undeclared, and the
 * generated access test fills each of them with foreign and absent ids.
 */
export function idOf(kind: IdKind) {
  return z
    .string()
    .regex(new RegExp(`^${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$`))
    .meta({ refersTo: kind, description: `id of a ${kind}: ${idPrefixes[kind]}_ and 26 characters` })
}

/** A line of text people typed: trimmed ends, no control characters, length in UTF-16 units. */
export const lineOf = (min: number, max: number) =>
  z
    .string()
    .trim()
    .min(min)
    .max(max)
    // biome-ignore lint: control characters are exactly what this refuses
    .regex(/^[^\u0000-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/u, 'no control or direction characters')

/** A paragraph: line breaks and tabs are welcome, other control characters are not. */
export const textOf = (min: number, max: number) =>
  z
    .string()
    .min(min)
    .max(max)
    .regex(
      /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]*$/u,
      'no control or direction characters',
    )

export const Moment = z.iso.datetime({ offset: true }).meta({ description: 'ISO 8601 with zone' })
export const Digest = z.string().regex(/^[0-9a-f]{64}$/)
export const Version = z.number().int().min(1).max(1_000_000_000)
export const RoleName = z.enum(['demand', 'organizer', 'tester', 'auditor'])
export const PostName = z.enum(posts)
/** Posts that somebody is given. */
export const PostNames = z.array(PostName).min(1).max(posts.length)

/** ISO 3166-1 alpha-2; CN is the mainland of China. */
export const Jurisdiction = z.enum(jurisdictions).meta({ id: 'Jurisdiction' })

/** Both languages of a server-made sentence; the page shows its reader's. */
export const Bilingual = z.strictObject({ zh: z.string(), en: z.string() })

/** The end of the id of a reading's event. */
export const MarkCode = z.string().regex(/^[0-9A-HJKMNP-TV-Z]{8}$/)

/**
 * Who is being shown this and by which reading, for the mark on the page: the code is the end of the reading's event, by
 * which the reading record finds it.
 */
export const ReaderMark = z.strictObject({ code: MarkCode, by: z.string(), at: Moment }).meta({ id: 'ReaderMark' })
export type ReaderMark = z.infer<typeof ReaderMark>

/** RFC 9457 problem, the body of every refusal. */
export const ProblemBody = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.number().int(),
    code: z.string(),
    detail: z.string(),
    text: Bilingual,
    rule: z.string().optional(),
    fields: z.array(z.strictObject({ field: z.string(), limit: Bilingual, fix: Bilingual })),
  })
  .meta({ id: 'Problem' })
export type ProblemBody = z.infer<typeof ProblemBody>

/** Keyset paging: `after` is the cursor of the last row seen. */
export const Paging = {
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
}

type Shape<T> = T extends z.ZodType ? z.input<T> : undefined
/** What a caller gives to an endpoint. One type for each kind of endpoint: joined of three parts, all together would be too many to name. */
export type CallOf<E> = E extends { params: infer P }
  ? E extends { query: infer Q }
    ? { params: Shape<P>; query?: Shape<Q>; body?: undefined }
    : E extends { body: infer B }
      ? { params: Shape<P>; query?: undefined; body: Shape<B> }
      : { params: Shape<P>; query?: undefined; body?: undefined }
  : E extends { query: infer Q }
    ? { params?: undefined; query?: Shape<Q>; body?: undefined }
    : E extends { body: infer B }
      ? { params?: undefined; query?: undefined; body: Shape<B> }
      : { params?: undefined; query?: undefined; body?: undefined }
/** What the endpoint answers. */
export type ReplyOf<E> = E extends { reply: infer R extends z.ZodType } ? z.output<R> : undefined
