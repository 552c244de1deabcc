import { existsSync, readFileSync } from 'node:fs'
import { formatAddress } from '@zhongheng/domain/authorizations/ip.ts'
import { judge, judgeAddress, type Outbound } from '@zhongheng/domain/authorizations/judge.ts'
import type { Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { compileScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import { importProgramme, type ScopePlatform } from '@zhongheng/domain/authorizations/scope/import-programme.ts'
import { parseAbsoluteTarget, parseConnectTarget, type TargetReading } from '@zhongheng/domain/authorizations/target.ts'
import { describe, expect, it } from 'vitest'
import { Dice, madeUpAddress, madeUpPolicy, madeUpRequest } from './made-up.ts'
import { textOf } from './second-address.ts'
import { type Asked, readAsked, secondAddressVerdict, secondVerdict } from './second-verdict.ts'

/* Two implementations of docs/verdict.md, written apart, must say the same of everything. */

const now = new Date('2026-11-21T08:00:00.000Z')
const readFirst = (asked: Asked): TargetReading =>
  asked.kind === 'request' ? parseAbsoluteTarget(asked.url) : parseConnectTarget(asked.authority)

function first(policy: Policy, asked: Asked): boolean {
  const outbound: Outbound = {
    proxyName: 'li',
    target: readFirst(asked),
    reach: asked.kind === 'closed' ? 'tunnel' : asked.kind,
    ...(asked.kind === 'request' && asked.method !== undefined ? { method: asked.method } : {}),
    ...(asked.kind === 'closed' ? { handling: asked.word } : {}),
  }
  return judge(outbound, policy, now).pass
}

/** Both readings in one shape; null for a refusal. */
const shapes = (asked: Asked): readonly [unknown, unknown] => {
  const one = readFirst(asked)
  const other = readAsked(asked)
  return [
    one.ok
      ? [one.target.host, one.target.port, one.target.path, one.target.address && formatAddress(one.target.address)]
      : null,
    other === undefined ? null : [other.host, other.port, other.path, other.address && textOf(other.address)],
  ]
}

describe('two implementations of the verdict', () => {
  it('agree on a million made-up requests, and on the addresses behind them', { timeout: 400_000 }, () => {
    const seed = 20261121
    const dice = new Dice(seed)
    const counts = { requests: 0, passed: 0, addresses: 0, dialled: 0 }
    const differ: unknown[] = []
    while (counts.requests < 1_000_000) {
      const policy = madeUpPolicy(dice, now.getTime())
      const [engagement] = policy.engagements
      if (engagement === undefined) continue
      for (let round = 0; round < 500; round++) {
        const asked = madeUpRequest(dice)
        counts.requests++
        const verdict = first(policy, asked)
        if (verdict) counts.passed++
        if (verdict !== secondVerdict(policy, 'li', asked, now)) {
          differ.push({
            asked,
            first: verdict,
            rules: engagement.scope.rules.map((rule) => `${rule.effect} ${rule.asset}`),
          })
        }
        const target = readFirst(asked)
        if (!target.ok || round % 5 !== 0) continue
        const address = madeUpAddress(dice)
        counts.addresses++
        const dialled = judgeAddress(policy, engagement, target.target, address).pass
        if (dialled) counts.dialled++
        if (dialled !== secondAddressVerdict(policy, engagement, target.target, address)) {
          differ.push({ address, host: target.target.host, port: target.target.port, first: dialled })
        }
      }
      if (differ.length > 20) break
    }
    console.info(`seed ${seed}: ${JSON.stringify(counts)}`)
    expect(differ).toEqual([])
    // A fuzzer whose requests all fall at one gate proves nothing.
    expect(counts.passed).toBeGreaterThan(50_000)
    expect(counts.dialled).toBeGreaterThan(5_000)
  })

  it('agree on how a hundred thousand made-up targets are read', () => {
    const dice = new Dice(7)
    let read = 0
    for (let round = 0; round < 100_000; round++) {
      const asked = madeUpRequest(dice)
      const [one, other] = shapes(asked)
      if (one !== null) read++
      expect(other, JSON.stringify(asked)).toEqual(one)
    }
    expect(read).toBeGreaterThan(30_000)
  })
})

const data = new URL('../../../shared/data/', import.meta.url)
const linesOf = <T>(name: string): T[] =>
  readFileSync(new URL(name, data), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T)

describe.skipIf(!existsSync(new URL('scopes/', data)))('real data (skipped where ../shared/data is absent)', () => {
  it('has one verdict in both, for every probe and conflict of every real scope', () => {
    const scopes = new Map(
      linesOf<{ platform: ScopePlatform; programme: string; data: unknown }>('scopes/programmes.jsonl').map((one) => [
        `${one.platform}/${one.programme}`,
        compileScope(importProgramme(one.platform, one.data), { versionId: 'scv_x' }).scope,
      ]),
    )
    const policy = madeUpPolicy(new Dice(1), now.getTime())
    const [engagement] = policy.engagements
    const [lease] = engagement?.leases ?? []
    if (engagement === undefined || lease === undefined) throw new Error('no engagement')
    let asked = 0
    const differ: unknown[] = []
    for (const file of ['scopes/probes.jsonl', 'scopes/conflicts.jsonl']) {
      for (const one of linesOf<{ platform: string; programme: string; url: string }>(file)) {
        const scope = scopes.get(`${one.platform}/${one.programme}`)
        if (scope === undefined) continue
        const standing: Policy = {
          ...policy,
          issuedAt: now.toISOString(),
          expiresAt: '2026-11-21T09:00:00.000Z',
          engagements: [
            {
              ...engagement,
              state: 'testing',
              opensAt: '2026-11-21T07:00:00.000Z',
              closesAt: '2026-11-21T09:00:00.000Z',
              scope,
              leases: [
                {
                  ...lease,
                  state: 'active',
                  opensAt: '2026-11-21T07:00:00.000Z',
                  closesAt: '2026-11-21T09:00:00.000Z',
                },
              ],
            },
          ],
        }
        for (const request of [
          { kind: 'request', url: one.url } as const,
          { kind: 'connect', authority: `${one.url.replace(/^[a-z]+:\/\//i, '').split(/[/?#]/)[0]}:443` } as const,
        ]) {
          asked++
          const verdict = first(standing, request)
          if (verdict !== secondVerdict(standing, 'li', request, now)) differ.push({ one, request, first: verdict })
        }
      }
    }
    expect(differ).toEqual([])
    expect(asked).toBeGreaterThan(5000)
  })

  it('is read alike by both, for every URL and host of the collections', () => {
    const json = <T>(name: string): T => JSON.parse(readFileSync(new URL(`url/${name}`, data), 'utf8')) as T
    const urls = [...json<unknown[]>('urltestdata.json'), ...json<unknown[]>('ada_extra_urltestdata.json')].flatMap(
      (one) => {
        const { input, href } = one as { input?: string; href?: string }
        return [input, href].filter((text): text is string => typeof text === 'string')
      },
    )
    const hosts = [...json<unknown[]>('toascii.json'), ...json<unknown[]>('IdnaTestV2.json')].flatMap((one) => {
      const { input } = one as { input?: string }
      return typeof input === 'string' ? [`http://${input}/`, `https://${input}:8443/x`] : []
    })
    const differ: unknown[] = []
    for (const url of [...urls, ...hosts]) {
      const [one, other] = shapes({ kind: 'request', url })
      if (JSON.stringify(one) !== JSON.stringify(other)) differ.push({ url, one, other })
    }
    expect(differ).toEqual([])
    expect(urls.length + hosts.length).toBeGreaterThan(2000)
  })
})
