import { afterAll, describe, expect, it } from 'vitest'
import { hostileReport, hostileStrings } from '../samples/hostile.ts'
import { sampleTestReport } from '../samples/test-report.ts'
import { openPress } from './press.ts'

const limit = 180_000
const press = openPress()
afterAll(() => press.end())

describe('a large report', () => {
  it.each(['pdf', 'docx'] as const)('with 158 findings prints as %s', { timeout: limit }, async (format) => {
    const model = sampleTestReport('zh-CN', 158)
    const before = performance.now()
    const bytes = await press.print(format, model)
    console.log(
      `158 findings, ${format}: ${(performance.now() - before).toFixed(0)} ms, ${(bytes.length / 1024).toFixed(0)} KB`,
    )
    expect(bytes.length).toBeGreaterThan(10_000)
  })
})

describe('every string of the public list of naughty strings', () => {
  it.each(['pdf', 'docx'] as const)(
    'prints as %s in every place a text can stand',
    { timeout: limit },
    async (format) => {
      await expect(press.print(format, hostileReport(hostileStrings()))).resolves.toBeInstanceOf(Uint8Array)
    },
  )
})
