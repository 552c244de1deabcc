import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { requestText } from '../testing/memory-recorder.ts'
import { type Client, okAnswer, Scene } from '../testing/scene.ts'
import { RequestReader } from './framing/request-reader.ts'

type Case = {
  readonly rejected: boolean
  readonly file: string
  readonly kind: string
  /** Some cases are about heads alone and come without their bodies. */
  readonly meta: { readonly skipBody?: unknown }
  readonly bytes_b64: string
  readonly messages: number
}
const cases = ((): readonly Case[] => {
  try {
    const text = readFileSync(new URL('../../../shared/data/http/llhttp-cases.jsonl', import.meta.url), 'utf8')
    return text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Case)
      .filter((one) => one.kind === 'http' && one.file.startsWith('request') && one.meta.skipBody === undefined)
  } catch {
    return []
  }
})()
const bytesOf = (one: Case): string => Buffer.from(one.bytes_b64, 'base64').toString('latin1')

let scene: Scene
let target: Awaited<ReturnType<Scene['target']>>
beforeAll(async () => {
  scene = await Scene.open({ patience: { head: 300, goodbye: 50, exchange: 500, idle: 300 } })
  // A target that reads requests by itself and answers each whole one.
  target = await scene.target((socket) => {
    const reader = new RequestReader()
    socket.on('data', (chunk: Buffer) => {
      reader.push(chunk)
      for (let piece = reader.take(); piece !== undefined; piece = reader.take()) if (piece.last) socket.write(okAnswer)
    })
  })
})
afterAll(async () => {
  expect(scene.faults).toEqual([])
  await scene.close()
})

/** Messages that the target saw whole. */
function messages(text: string): number {
  const reader = new RequestReader()
  reader.push(Buffer.from(text, 'latin1'))
  expect(reader.fault).toBeNull()
  let whole = 0
  for (let piece = reader.take(); piece !== undefined; piece = reader.take()) if (piece.last) whole++
  return whole
}

const tunnel = async (): Promise<Client> => {
  const client = scene.client()
  client.send(`CONNECT shop.example:${target.port} HTTP/1.1\r\nProxy-Authorization: Basic ${scene.basic}\r\n\r\n`)
  await client.until((text) => text.includes('\r\n\r\n'))
  client.chunks.length = 0
  return client
}

/** The case with the target's own name in it, so that nothing but its framing can be the reason for a refusal. */
function addressed(text: string): string {
  const host = `Host: shop.example:${target.port}`
  const named = text.replace(/^(host *:)[^\r\n]*/gim, host)
  if (named !== text) return named
  return text.replace(/^((?:\r\n)?[^\r\n]+ HTTP\/1\.[01]\r\n)/, `$1${host}\r\n`)
}

describe.skipIf(cases.length === 0)("a parser's own cases sent to the gateway", () => {
  it.each(cases.filter((one) => one.rejected))(
    '$bytes_b64 gets 400, a closed connection and no target',
    async (one) => {
      for (const text of [bytesOf(one), addressed(bytesOf(one))]) {
        const before = target.received().length
        const direct = scene.client()
        direct.send(text)
        expect(await direct.end()).toMatch(/^HTTP\/1.1 400 /)
        const inside = await tunnel()
        inside.send(text)
        expect(await inside.end()).toMatch(/^HTTP\/1.1 400 /)
        expect(target.received().length).toBe(before)
      }
    },
  )

  it('accepted ones reach the target as exactly so many requests, or are refused', async () => {
    let passed = 0
    for (const one of cases.filter((each) => !each.rejected)) {
      const before = target.received().length
      const client = await tunnel()
      client.send(addressed(bytesOf(one)))
      const whole = one.messages
      await client.until((text) => / [45]\d\d /.test(text) || text.split('HTTP/1.1 200').length > whole)
      client.socket.destroy()
      const seen = target.received().slice(before)
      if (seen === '') continue
      passed++
      expect(messages(seen), bytesOf(one)).toBe(whole)
    }
    expect(passed).toBeGreaterThan(15)
  })
})

describe('what the target saw', () => {
  it('is what was recorded', () => {
    expect(scene.memory.exchanges.map(requestText).join('').length).toBe(target.received().length)
  })
})
