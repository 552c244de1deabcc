import { Resolver } from 'node:dns/promises'
import { request } from 'node:http'
import { type Text, say } from '@zhongheng/domain/shared/problem.ts'

export type OwnershipCheck = { readonly object: string; readonly method: 'dns' | 'file'; readonly challenge: string }

/** Looks whether a demand side controls an object (GBT43741-5.1-02): a TXT record or a file with the challenge. */
export type OwnershipVerifier = {
  check(check: OwnershipCheck): Promise<{ readonly proven: boolean; readonly result: Text }>
}

export const dnsName = (object: string): string => `_zhongheng-challenge.${object}`
export const filePath = '/.well-known/zhongheng-challenge.txt'

export type OwnershipOptions = {
  /** Name servers to ask, `address:port`; the machine's own without it. */
  readonly dnsServers?: readonly string[]
  /** Where files are fetched: name to `address:port`, for the practice target and tests. */
  readonly pins?: { readonly [object: string]: { readonly address: string; readonly port: number } }
  /** Whether an address may be dialled; the egress rule. */
  readonly mayDial: (address: string) => boolean
}

/** The real verifier: DNS over the given servers, HTTP to the resolved and judged address, no redirects, 3 s, 4 KiB. */
export function openOwnershipVerifier(options: OwnershipOptions): OwnershipVerifier {
  const resolver = new Resolver({ timeout: 2000, tries: 1 })
  if (options.dnsServers) resolver.setServers([...options.dnsServers])
  return {
    async check({ object, method, challenge }) {
      if (method === 'dns') {
        try {
          const records = await resolver.resolveTxt(dnsName(object))
          const found = records.some((parts) => parts.join('') === challenge)
          return found
            ? { proven: true, result: say('已找到 DNS 记录', 'the DNS record is there') }
            : {
                proven: false,
                result: say('有 TXT 记录，但内容不符', 'TXT records exist, but none holds the challenge'),
              }
        } catch (error) {
          const code = (error as NodeJS.ErrnoException).code ?? 'unknown'
          return { proven: false, result: say(`未找到 DNS 记录（${code}）`, `no DNS record found (${code})`) }
        }
      }
      const pin = options.pins?.[object]
      let address = pin?.address
      if (!address) {
        const addresses = await resolver.resolve4(object).catch(() => [] as string[])
        address = addresses[0]
        if (!address) return { proven: false, result: say('名称无法解析', 'the name does not resolve') }
        if (!addresses.every((one) => options.mayDial(one)))
          return {
            proven: false,
            result: say('名称解析到不允许访问的地址', 'the name resolves to an address that may not be dialled'),
          }
      }
      const got = await fetchSmall(address, pin?.port ?? 80, object, filePath)
      if (got === null) return { proven: false, result: say('无法读取验证文件', 'the file could not be read') }
      return got.status === 200 && got.text.trim() === challenge
        ? { proven: true, result: say('验证文件内容正确', 'the file holds the challenge') }
        : {
            proven: false,
            result: say(
              `验证文件不符（状态 ${got.status}）`,
              `the file does not hold the challenge (status ${got.status})`,
            ),
          }
    },
  }
}

function fetchSmall(
  address: string,
  port: number,
  host: string,
  path: string,
): Promise<{ status: number; text: string } | null> {
  return new Promise((resolve) => {
    const outgoing = request(
      { host: address, port, path, headers: { host }, timeout: 3000, agent: false },
      (incoming) => {
        let text = ''
        incoming.setEncoding('utf8')
        incoming.on('data', (part: string) => {
          text += part
          if (text.length > 4096) incoming.destroy()
        })
        incoming.on('close', () => resolve({ status: incoming.statusCode ?? 0, text: text.slice(0, 4096) }))
      },
    )
    const limit = setTimeout(() => outgoing.destroy(), 3000)
    outgoing.on('timeout', () => outgoing.destroy())
    outgoing.on('error', () => resolve(null))
    outgoing.on('close', () => clearTimeout(limit))
    outgoing.end()
  })
}
