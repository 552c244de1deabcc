import type { Rejection } from '@zhongheng/contracts/records/intake.ts'
import type { RecorderFaultCode } from '@zhongheng/contracts/records/recorder-http.ts'

/** The recorder will not take this exchange; the gateway is told why and lets it not pass. */
export class IntakeRefusal extends Error {
  override readonly name = 'IntakeRefusal'
  readonly rejection: Rejection
  constructor(code: Rejection['code'], message: string, cause?: unknown) {
    super(message, { cause })
    this.rejection = { code, message }
  }
}

/** A question over the control socket that cannot be answered, for a reason the asker can act on. */
export class ReadRefusal extends Error {
  override readonly name = 'ReadRefusal'
  readonly code: RecorderFaultCode
  constructor(code: RecorderFaultCode, message: string) {
    super(message)
    this.code = code
  }
}

/** What a failed write means for the exchanges of the turn. */
export function writeRefusal(fault: unknown): Rejection {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : ''
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? { code: 'disk_full', message: 'the recorder’s disk is full' }
    : { code: 'write_failed', message: `the recorder cannot write (${code || 'unknown fault'})` }
}
