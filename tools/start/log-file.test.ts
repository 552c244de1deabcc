import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { openLog } from './log-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'zh-log-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('a log keeps its newest lines in four files of limited size', async () => {
  const log = openLog(join(folder, 'server.log'), 30)
  for (let line = 1; line <= 20; line++) log.write(`line number ${line}`) // 14 or 15 bytes: two lines a file
  await log.close()
  expect(readdirSync(folder).sort()).toEqual(['server.log', 'server.log.1', 'server.log.2', 'server.log.3'])
  expect(readFileSync(join(folder, 'server.log'), 'utf8')).toBe('line number 19\nline number 20\n')
  expect(readFileSync(join(folder, 'server.log.3'), 'utf8')).toBe('line number 13\nline number 14\n')
})

it('a log goes on where the last start ended', async () => {
  for (const line of ['first start', 'second start']) {
    const log = openLog(join(folder, 'server.log'))
    log.write(line)
    await log.close()
  }
  expect(readFileSync(join(folder, 'server.log'), 'utf8')).toBe('first start\nsecond start\n')
})
