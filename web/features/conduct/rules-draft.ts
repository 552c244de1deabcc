import type { TestRulesBody } from '@zhongheng/contracts/http/test-rules.ts'

export type LimitsDraft = {
  readonly requestsPerSecond: number | null
  readonly concurrency: number | null
  readonly sentMiB: number | null
  readonly receivedMiB: number | null
}

const mebibyte = 1024 * 1024
const noLimits: LimitsDraft = { requestsPerSecond: null, concurrency: null, sentMiB: null, receivedMiB: null }

export const noRules: TestRulesBody = {
  zone: 'Asia/Shanghai',
  quietHours: [],
  lease: {},
  engagement: {},
  target: {},
  targets: [],
  forbiddenMethods: [],
  forbiddenPayloads: [],
  responses: {},
}

/** Limits as the form shows them: bytes in MiB, empty where nothing is limited. */
export const draftOf = (limits: TestRulesBody['lease']): LimitsDraft => ({
  ...noLimits,
  requestsPerSecond: limits.requestsPerSecond ?? null,
  concurrency: limits.concurrency ?? null,
  sentMiB: limits.sentPerMinute === undefined ? null : limits.sentPerMinute / mebibyte,
  receivedMiB: limits.receivedPerMinute === undefined ? null : limits.receivedPerMinute / mebibyte,
})

/** The form's limits as the contract has them. */
export function limitsOf(draft: LimitsDraft): TestRulesBody['lease'] {
  const { requestsPerSecond, concurrency, sentMiB, receivedMiB } = draft
  return {
    ...(requestsPerSecond === null ? {} : { requestsPerSecond }),
    ...(concurrency === null ? {} : { concurrency }),
    ...(sentMiB === null ? {} : { sentPerMinute: Math.round(sentMiB * mebibyte) }),
    ...(receivedMiB === null ? {} : { receivedPerMinute: Math.round(receivedMiB * mebibyte) }),
  }
}
