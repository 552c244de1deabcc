import { lookup, Resolver } from 'node:dns/promises'
import type { Resolve } from './upstream.ts'

/** As the machine resolves: its hosts file, then its name servers. */
export const systemNames: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

/**
 * Asks these name servers (`address` or `address:port`) and nothing else, for both families; aliases are followed by the
 * server. A family without an answer counts as empty; an error of the service in either refuses the name, because an
 * address that should forbid it might be missing.
 */
export function namesFrom(servers: readonly string[]): Resolve {
  const resolver = new Resolver({ timeout: 2000, tries: 2 })
  resolver.setServers(servers)
  const family = async (found: Promise<string[]>): Promise<string[]> => {
    try {
      return await found
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENODATA' || code === 'ENOTFOUND') return []
      throw error
    }
  }
  return async (host) => (await Promise.all([family(resolver.resolve4(host)), family(resolver.resolve6(host))])).flat()
}
