import { afterAll, describe, expect, it } from 'vitest'
import { sampleLetter } from '../samples/letter.ts'
import { sampleTestReport } from '../samples/test-report.ts'
import { openPress, pressLimits } from './press.ts'

const limit = 60_000
const letter = sampleLetter('zh-CN')

describe('the press', () => {
  const press = openPress()
  afterAll(() => press.end())

  it('refuses a document with an empty section before it prints anything', async () => {
    await expect(press.print('pdf', { ...letter, contacts: [] })).rejects.toMatchObject({
      code: 'wrong_state',
      fields: [{ field: 'AL7' }],
    })
  })

  it('prints both formats, one after another', { timeout: limit }, async () => {
    const [pdf, docx] = await Promise.all([press.print('pdf', letter), press.print('docx', letter)])
    expect(Buffer.from(pdf.subarray(0, 5)).toString()).toBe('%PDF-')
    expect(Buffer.from(docx.subarray(0, 2)).toString()).toBe('PK')
  })
})

describe('a press with narrow limits', () => {
  it('ends a document that takes too long and prints the next one', { timeout: limit }, async () => {
    const press = openPress({ ...pressLimits, longest: 1 })
    try {
      await expect(press.print('pdf', letter)).rejects.toMatchObject({ code: 'unavailable', rule: 'DOC-PRESS' })
    } finally {
      press.end()
    }
    const patient = openPress()
    try {
      await expect(patient.print('docx', letter)).resolves.toBeInstanceOf(Uint8Array)
    } finally {
      patient.end()
    }
  })

  it('survives a press that dies for want of memory', { timeout: limit }, async () => {
    const press = openPress({ ...pressLimits, memory: 600 * 1024 })
    try {
      await expect(press.print('pdf', sampleTestReport('zh-CN', 40))).rejects.toMatchObject({ code: 'unavailable' })
    } finally {
      press.end()
    }
  })

  it('refuses what would wait beyond its queue', { timeout: limit }, async () => {
    const press = openPress({ ...pressLimits, waiting: 1 })
    try {
      const first = press.print('docx', letter)
      const second = press.print('docx', letter)
      await expect(press.print('docx', letter)).rejects.toMatchObject({ code: 'too_many', rule: 'DOC-QUEUE' })
      await expect(Promise.all([first, second])).resolves.toHaveLength(2)
    } finally {
      press.end()
    }
  })

  it('refuses what waits when it is closed', { timeout: limit }, async () => {
    const press = openPress()
    const waiting = [press.print('pdf', letter), press.print('pdf', letter)]
    press.end()
    for (const job of await Promise.allSettled(waiting))
      expect(job).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  })
})
