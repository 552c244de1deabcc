import type { FastifyReply, FastifyRequest } from 'fastify'
import { isToken } from '../sign-in/logins.ts'
import { deviceLife } from '../sign-in/throttle.ts'

/** How many accounts one browser remembers. */
const mostDevices = 8

/**
 * The cookies of the product. Over https their names carry `__Host-`: no other host, path or plain connection can set
 * them. No script reads them, no other site sends them.
 */
export function cookiesOf(publicUrl: string) {
  const secure = publicUrl.startsWith('https:')
  const named = (name: string): string => (secure ? `__Host-${name}` : name)
  const options = { path: '/', httpOnly: true, sameSite: 'strict', secure } as const
  const login = named('zh_login')
  const device = named('zh_device')
  const devicesIn = (request: FastifyRequest): string[] =>
    (request.cookies[device] ?? '').split('.').filter(isToken).slice(0, mostDevices)
  return {
    login,
    loginIn: (request: FastifyRequest): string | undefined => request.cookies[login],
    devicesIn,
    setLogin(reply: FastifyReply, token: string | null): void {
      if (token === null) reply.clearCookie(login, options)
      else reply.setCookie(login, token, options)
    },
    /** Puts an account's token first among those that the browser remembers. */
    setDevice(reply: FastifyReply, request: FastifyRequest, token: string): void {
      const tokens = [token, ...devicesIn(request).filter((one) => one !== token)].slice(0, mostDevices)
      reply.setCookie(device, tokens.join('.'), { ...options, maxAge: deviceLife / 1000 })
    },
  }
}
