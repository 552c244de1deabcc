import type { CompiledScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import type { HostPattern } from '@zhongheng/domain/authorizations/scope/rows.ts'
import { homeName } from './facts.ts'

/** A proxy file that sends everything to the gateway: what lies outside the scope is refused there, and recorded. */
export const pacForAll = (proxyAddress: string): string =>
  `function FindProxyForURL(url, host) {\n  return ${JSON.stringify(`PROXY ${proxyAddress}`)};\n}\n`

/**
 * A proxy file that sends only the scope's hosts to the gateway and lets the rest go its usual way, for a browser that
 * is also used for other work. It only sorts; what may be tested is still judged at the gateway, request by request.
 * Every bare address goes to the gateway.
 */
export function pacForScope(proxyAddress: string, scope: CompiledScope): string {
  const hosts = new Set<string>([homeName])
  for (const rule of scope.rules) {
    if (rule.effect === 'out') continue
    const glob = globOf(rule.host)
    if (glob === '*') return pacForAll(proxyAddress)
    if (glob !== undefined) hosts.add(glob)
  }
  return [
    `var hosts = ${JSON.stringify([...hosts].toSorted())};`,
    'function FindProxyForURL(url, host) {',
    `  var proxy = ${JSON.stringify(`PROXY ${proxyAddress}`)};`,
    '  host = host.toLowerCase();',
    '  if (/^[0-9.]+$/.test(host) || host.indexOf(":") >= 0) return proxy;',
    '  for (var i = 0; i < hosts.length; i++) {',
    '    if (shExpMatch(host, hosts[i])) return proxy;',
    '  }',
    '  return "DIRECT";',
    '}',
    '',
  ].join('\n')
}

function globOf(host: HostPattern): string | undefined {
  switch (host.kind) {
    case 'name':
      return host.name
    case 'below':
      return `*.${host.base}`
    case 'glob':
      return host.glob
    case 'any':
      return '*'
    default:
      return undefined
  }
}
