import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive, startMark } from '../processes.ts'
import { lockData } from './lock.ts'

describe('the lock of a data folder', () => {
  let data = ''
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'zh-lock-'))
  })
  afterEach(() => rmSync(data, { recursive: true }))
  const address = 'http://127.0.0.1:7000'

  it('refuses a second start while the first runs, and says which it is', async () => {
    const lock = await lockData(data, address)
    await expect(lockData(data, address)).rejects.toMatchObject({
      exitCode: 4,
      text: { en: expect.stringContaining(`process ${process.pid}, ${address}`) as string },
    })
    lock.release()
    expect(existsSync(join(data, 'lock'))).toBe(false)
    ;(await lockData(data, address)).release()
  })

  it('is taken over from a start that was killed', async () => {
    writeFileSync(join(data, 'lock'), JSON.stringify({ pid: 999_999_999, mark: '1', address, children: [] }))
    const lock = await lockData(data, address)
    expect(JSON.parse(readFileSync(join(data, 'lock'), 'utf8'))).toMatchObject({ pid: process.pid })
    lock.release()
  })

  it('is taken over when another process has the number of the killed one', async () => {
    writeFileSync(
      join(data, 'lock'),
      JSON.stringify({ pid: process.pid, mark: `${startMark(process.pid)}0`, address, children: [] }),
    )
    ;(await lockData(data, address)).release()
  })

  it('is taken over when a power cut left it empty', async () => {
    writeFileSync(join(data, 'lock'), '')
    ;(await lockData(data, address)).release()
  })

  it('is held by one of two starts that find the same dead lock', async () => {
    writeFileSync(join(data, 'lock'), JSON.stringify({ pid: 999_999_999, mark: '1', address, children: [] }))
    const tries = await Promise.allSettled([lockData(data, address), lockData(data, address)])
    expect(tries.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('taken over from a killed start ends its program that hangs, and no stranger', async () => {
    const lifeline = fileURLToPath(new URL('../lifeline.ts', import.meta.url))
    const ours = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', lifeline], { stdio: 'ignore' })
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    try {
      const children = [ours.pid, stranger.pid]
      writeFileSync(join(data, 'lock'), JSON.stringify({ pid: 999_999_999, mark: '1', address, children }))
      ;(await lockData(data, address, 50)).release()
      expect(isAlive(ours.pid ?? 0)).toBe(false)
      expect(isAlive(stranger.pid ?? 0)).toBe(true)
    } finally {
      ours.kill('SIGKILL')
      stranger.kill('SIGKILL')
    }
  })
})
