import { attachmentLimits } from '@zhongheng/domain/attachments/limits.ts'
import { seconds } from '@zhongheng/domain/shared/clock.ts'
import type { FastifyRequest } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body is a file. */
    takesFile?: boolean
  }
}

/** How long a whole request may take, its body included; Node ends what takes longer. The size of files sets it. */
export const longestRequest = seconds(attachmentLimits.sendSeconds)
/** The same where the body is no file. */
const longestBody = seconds(30)

/** Ends a request whose body drips: a file alone may take its time. */
export function endSlowBody({ raw, routeOptions }: FastifyRequest): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = raw.headers
  if (routeOptions.config?.takesFile === true || (length === '0' && coding === undefined)) return
  const timer = setTimeout(() => {
    if (!raw.complete) raw.socket.destroy()
  }, longestBody)
  raw.once('close', () => clearTimeout(timer))
}
