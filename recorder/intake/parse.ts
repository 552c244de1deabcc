import { type ExchangeEnd, type ExchangeHead, exchangeNotes } from '@zhongheng/contracts/records/capture.ts'
import type { Hello, Refusal } from '@zhongheng/contracts/records/intake.ts'
import { IntakeRefusal } from '../engagements/refusal.ts'

type Check = (value: unknown) => boolean
/** Members and their checks; listed once, because every exchange passes here. */
type Shape = ReadonlyMap<string, Check>
const shapeOf = (members: { readonly [member: string]: Check }): Shape => new Map(Object.entries(members))

const text =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most
const like =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value)
const whole =
  (most: number): Check =>
  (value) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most
const list =
  (check: Check, most: number): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check)
const one =
  (...values: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && values.includes(value)
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)
const time: Check = (value) =>
  like(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)(value) && !Number.isNaN(Date.parse(value as string))
const id = like(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/)
const idOrNone = like(/^[A-Za-z0-9_-]{0,64}$/)

const helloShape = shapeOf({ serverName: text(255), alpn: list(text(255), 64) })
const refusalShape = shapeOf({
  code: text(100),
  rule: text(100),
  detail: text(4000),
  detailZh: maybe(text(4000)),
})
const headShape = shapeOf({
  exchangeId: id,
  engagementId: id,
  leaseId: idOrNone,
  testerId: idOrNone,
  kind: one('http', 'websocket', 'tunnel', 'refusal'),
  startedAt: time,
  scheme: one('http', 'https', 'tcp'),
  host: text(1024),
  port: whole(65_535),
  address: maybe(text(100)),
  method: text(1024),
  path: text(200_000),
  hello: maybe((value) => isObject(value) && matches(value, helloShape) === null),
  targetVerified: maybe((value) => typeof value === 'boolean'),
  targetFault: maybe(text(200)),
  egress: maybe(text(100)),
  policyDigest: like(/^[\x21-\x7e]{0,128}$/),
  httpVersion: maybe(one('2')),
  refusal: maybe((value) => isObject(value) && matches(value, refusalShape) === null),
})

const count = whole(Number.MAX_SAFE_INTEGER)
const carriedShape = shapeOf({ requestBytes: count, responseBytes: count, requestChunks: count, responseChunks: count })
const endShape = shapeOf({
  finishedAt: time,
  status: whole(999),
  outcome: one('complete', 'client_gone', 'target_gone', 'stopped', 'refused'),
  contentType: maybe(text(1000)),
  notes: maybe(list(one(...exchangeNotes), exchangeNotes.length)),
  carried: maybe((value) => isObject(value) && matches(value, carriedShape) === null),
})

const toldShape = shapeOf({ head: (value) => isObject(value), end: (value) => isObject(value) })
const saidShape = shapeOf({ gatewayId: like(/^[\x21-\x7e]{1,200}$/) })

/** @throws IntakeRefusal malformed, naming the first member that is wrong or unknown */
export const parseHead = (bytes: Buffer): ExchangeHead => parsed<ExchangeHead>(json(bytes), headShape)

/** @throws IntakeRefusal malformed */
export const parseEnd = (bytes: Buffer): ExchangeEnd => parsed<ExchangeEnd>(json(bytes), endShape)

/** @throws IntakeRefusal malformed */
export function parseRefusal(bytes: Buffer): Refusal {
  const both = parsed<Refusal>(json(bytes), toldShape)
  return { head: parsed<ExchangeHead>(both.head, headShape), end: parsed<ExchangeEnd>(both.end, endShape) }
}

/** @throws IntakeRefusal malformed */
export const parseHello = (bytes: Buffer): Hello => parsed<Hello>(json(bytes), saidShape)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function json(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new IntakeRefusal('malformed', 'not JSON')
  }
}

function parsed<T>(value: unknown, shape: Shape): T {
  if (!isObject(value)) throw new IntakeRefusal('malformed', 'not an object')
  const wrong = matches(value, shape)
  if (wrong !== null) throw new IntakeRefusal('malformed', `${wrong} is not as it must be`)
  return value as T
}

/** The first member that is wrong, missing or unknown. */
function matches(value: Record<string, unknown>, shape: Shape): string | null {
  for (const [member, check] of shape) if (!check(value[member])) return member
  for (const member in value) if (!shape.has(member)) return member
  return null
}
