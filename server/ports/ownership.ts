import { Problem, type Text, say } from '@zhongheng/domain/shared/problem.ts'
import type { Egress } from '../egress/egress.ts'

export type OwnershipCheck = { readonly object: string; readonly method: 'dns' | 'file'; readonly challenge: string }

/** Looks whether a demand side controls an object (GBT43741-5.1-02): a TXT record or a file with the challenge. */
export type OwnershipVerifier = {
  check(check: OwnershipCheck): Promise<Result>
}
type Result = { readonly proven: boolean; readonly result: Text }

export const dnsName = (object: string): string => `_zhongheng-challenge.${object}`
export const filePath = '/.well-known/zhongheng-challenge.txt'

/**
 * The real verifier. What it asks is the very object, on port 80 for a file: a name that leads to an address which may not be dialled
 * proves nothing. 3 s, 4 KiB.
 */
export function openOwnershipVerifier(egress: Egress): OwnershipVerifier {
  const byDns = async (object: string, challenge: string): Promise<Result> => {
    const records = await egress.texts(dnsName(object))
    if (records.includes(challenge)) return { proven: true, result: say('已找到 DNS 记录', 'the DNS record is there') }
    return {
      proven: false,
      result:
        records.length === 0
          ? say('未找到 DNS 记录', 'no DNS record found')
          : say('有 TXT 记录，但内容不符', 'TXT records exist, but none holds the challenge'),
    }
  }
  const byFile = async (object: string, challenge: string): Promise<Result> => {
    const answer = await egress.send(
      { url: `http://${object}${filePath}`, maxBytes: 4096, timeoutMs: 3000 },
      { by: 'name', name: object },
    )
    if (answer.status === 200 && answer.body.toString('utf8').trim() === challenge)
      return { proven: true, result: say('验证文件内容正确', 'the file holds the challenge') }
    return {
      proven: false,
      result: say(
        `验证文件不符（状态 ${answer.status}）`,
        `the file does not hold the challenge (status ${answer.status})`,
      ),
    }
  }
  return {
    async check({ object, method, challenge }) {
      try {
        return await (method === 'dns' ? byDns(object, challenge) : byFile(object, challenge))
      } catch (error) {
        if (error instanceof Problem) return { proven: false, result: error.text }
        throw error
      }
    },
  }
}
