import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { freePort, portState } from '../ports.ts'
import { ended, isAlive } from '../processes.ts'

// The real launcher and the real PostgreSQL, over two tiny programs in place of the platform's own.
const command = fileURLToPath(new URL('./fixtures/start-fixtures.ts', import.meta.url))

/** One `npm start`. */
class Start {
  readonly process: ChildProcess
  printed = ''
  constructor(env: Record<string, string>, program = process.execPath, args = [command], cwd?: string) {
    this.process = spawn(program, args, {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.printed += text
      })
    }
  }
  /** Resolves when `text` was printed; fails with the whole output when the launcher ends before. */
  async prints(text: string): Promise<this> {
    while (!this.printed.includes(text)) {
      const over = this.process.exitCode !== null || this.process.signalCode !== null
      if (over) throw new Error(`ended without printing "${text}":\n${this.printed}`)
      const heard = new AbortController()
      const { signal } = heard
      await Promise.race([once(this.process.stdout!, 'data', { signal }), once(this.process, 'close', { signal })])
      heard.abort()
    }
    return this
  }
  async ends(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, 'close')
    return this.process.exitCode
  }
}

describe('npm start', () => {
  let data = ''
  let port = 0
  let gatewayPort = 0
  const starts: Start[] = []
  const neighbours: Server[] = []
  beforeEach(async () => {
    data = mkdtempSync(join(tmpdir(), 'zh-start-'))
    port = await freePort()
    gatewayPort = await freePort()
  })
  afterEach(async () => {
    for (const start of starts.splice(0)) {
      start.process.kill('SIGTERM')
      await start.ends()
    }
    for (const neighbour of neighbours.splice(0)) neighbour.close()
    rmSync(data, { recursive: true, force: true })
  })

  const start = (more: Record<string, string> = {}): Start => {
    const one = new Start({ ZH_DATA: data, ZH_PORT: String(port), ZH_GATEWAY_PORT: String(gatewayPort), ...more })
    starts.push(one)
    return one
  }
  const started = (more?: Record<string, string>): Promise<Start> => start(more).prints('Ctrl-C stops everything')
  const ask = async (at: number, path = '/'): Promise<string> => (await fetch(`http://127.0.0.1:${at}${path}`)).text()
  const postmaster = (): number => Number.parseInt(readFileSync(join(data, 'postgres/data/postmaster.pid'), 'utf8'), 10)

  it('prints its progress, the address and the logins; Ctrl-C frees everything; the second start keeps the data', async () => {
    const first = await started()
    expect(first.printed).toMatch(/✓ PostgreSQL 15\.\d+ \(embedded\)/)
    expect(first.printed).toContain(`Open http://127.0.0.1:${port}`)
    expect(first.printed).toContain('first-password')
    expect(await ask(port)).toBe('1')
    const database = postmaster()

    first.process.kill('SIGINT')
    expect(await first.ends()).toBe(0)
    expect([await portState(port), await portState(gatewayPort)]).toEqual(['free', 'free'])
    expect(isAlive(database)).toBe(false)

    const second = await started()
    expect(await ask(port)).toBe('2')
    expect(second.printed).not.toContain('first-password')
    expect(second.printed).toContain('first-logins.json')
  })

  it('killed outright leaves nothing in the way of the next start', async () => {
    const first = await started()
    const database = postmaster()
    const { pid: gateway } = JSON.parse(await ask(gatewayPort)) as { pid: number }
    first.process.kill('SIGKILL')
    await first.ends()
    await started() // at once
    expect(await ask(port)).toBe('2')
    expect(await ended(gateway, 1_000)).toBe(true)
    expect(await ended(database, 1_000)).toBe(true)
  })

  it('survives the kill of its database while it runs, and the kill of everything', async () => {
    const first = await started()
    process.kill(postmaster(), 'SIGKILL')
    await first.prints('PostgreSQL ended unexpectedly')
    await first.prints('server ended unexpectedly')
    const { pid: gateway } = JSON.parse(await ask(gatewayPort)) as { pid: number }
    first.process.kill('SIGKILL')
    process.kill(gateway, 'SIGKILL')
    await first.ends()
    await started()
    expect(Number(await ask(port))).toBeGreaterThanOrEqual(2)
  })

  it('a second start on the same folder says that the platform runs already', async () => {
    const first = await started()
    const second = start()
    expect(await second.ends()).toBe(4)
    expect(second.printed).toContain(`runs already (process ${first.process.pid}`)
    expect(await ask(port)).toBe('1')
  })

  it('a busy port is named with a way out', async () => {
    const neighbour = createServer()
    neighbours.push(neighbour)
    await new Promise<void>((resolve) => neighbour.listen(gatewayPort, '127.0.0.1', resolve))
    const refused = start()
    expect(await refused.ends()).toBe(3)
    expect(refused.printed).toMatch(
      new RegExp(`Port ${gatewayPort} \\(ZH_GATEWAY_PORT\\) is in use.*ZH_GATEWAY_PORT=\\d+ npm start`, 's'),
    )
  })

  it('starts a program again that ends, and gives only the server the database', async () => {
    const running = await started()
    const before = JSON.parse(await ask(gatewayPort)) as { pid: number; database: string | null }
    expect(before.database).toBeNull()
    await ask(gatewayPort, '/crash').catch(() => undefined)
    await running.prints('gateway ended unexpectedly (exit 7)')
    let after = before
    while (after.pid === before.pid)
      after = await ask(gatewayPort).then(
        (text) => JSON.parse(text) as typeof before,
        () => before,
      )
    expect(after.pid).not.toBe(before.pid)
  })

  it('starts a program again however often it is killed while it serves', async () => {
    const running = await started()
    const gateway = (): Promise<number> =>
      ask(gatewayPort).then(
        (text) => (JSON.parse(text) as { pid: number }).pid,
        () => 0,
      )
    for (let kill = 0; kill < 7; kill++) {
      const before = await gateway()
      process.kill(before, 'SIGKILL')
      await expect.poll(async () => [0, before].includes(await gateway()), { timeout: 20_000 }).toBe(false)
    }
    expect(running.printed).not.toContain('times in a row')
    expect(running.process.exitCode).toBeNull()
  })

  it('gives up on a program that cannot run, shows its last words, and ends everything', async () => {
    const broken = start({ ZH_FIXTURE_GATEWAY: 'broken' })
    expect(await broken.ends()).toBe(1)
    expect(broken.printed).toContain('gateway ended 5 times in a row')
    expect(broken.printed).toContain('the fixture gateway is broken')
    expect(await portState(port)).toBe('free')
  })

  it.each(['SIGTERM', 'SIGKILL'] as const)('ends when the npm that runs it is ended by %s', async (signal) => {
    const script = `"${process.execPath}" "${command}"`
    writeFileSync(join(data, 'package.json'), JSON.stringify({ scripts: { start: script } }))
    const env = { ZH_DATA: data, ZH_PORT: String(port), ZH_GATEWAY_PORT: String(gatewayPort) }
    const npm = new Start(env, 'npm', ['start'], data)
    starts.push(npm)
    await npm.prints('Ctrl-C stops everything')
    const database = postmaster()
    npm.process.kill(signal)
    await expect.poll(() => portState(port), { timeout: 10_000 }).toBe('free')
    await expect.poll(() => isAlive(database), { timeout: 10_000 }).toBe(false)
  })

  it('says what is wrong with DATABASE_URL', async () => {
    const nobodyThere = await freePort()
    const refused = start({ DATABASE_URL: `postgresql://zh:secret@127.0.0.1:${nobodyThere}/zh` })
    expect(await refused.ends()).toBe(1)
    expect(refused.printed).toMatch(/DATABASE_URL cannot be reached: .*ECONNREFUSED/)
    expect(refused.printed).not.toContain('secret')
  })

  it('keeps its secrets to its own account', async () => {
    await started()
    for (const file of ['first-logins.json', 'lock', 'logs/server.log', 'postgres/superuser-password']) {
      expect(`${file} ${(statSync(join(data, file)).mode & 0o777).toString(8)}`).toBe(`${file} 600`)
    }
  })
})
