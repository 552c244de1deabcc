/**
 * A recorded request as a command that goes through the gateway by the own lease. curl asks for the lease's secret; the
 * shell stops where `ZH_PROXY` does not name the gateway. @param curl the command as the server writes it
 */
export const throughGateway = (curl: string, proxyName: string): string =>
  curl.replace(
    /(^|\| )curl /,
    (_all, before: string) => `${before}curl --proxy "\${ZH_PROXY:?http://GATEWAY:PORT}" --proxy-user ${proxyName} `,
  )
