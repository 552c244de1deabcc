import { gzipSync } from 'node:zlib'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { indexWords } from '@zhongheng/server/jobs/traffic-words.ts'
import { type openBrowser, whyNoBrowser } from '../browser/open-browser.ts'
import { type Cast, assemble, inTesting } from '../scenes/crowd-test.ts'
import { recordedTraffic } from '../scenes/recorded-traffic.ts'
import { type Screens, openScreens } from '../scenes/screens.ts'
import type { Stage } from '../scenes/stage.ts'

/* The traffic explorer in a real browser: what is read, compared, chosen and exported, and a list of 100,000. */
const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`the traffic explorer is not looked at: ${noBrowser}`)
const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

describe.skipIf(noBrowser)('the traffic explorer', () => {
  let screens: Screens
  let stage: Stage
  let cast: Cast
  let engagementId: string
  let ids: string[]
  beforeAll(async () => {
    screens = await openScreens()
    stage = screens.stage
    cast = await assemble(stage, 'a')
    engagementId = await inTesting(stage, cast)
    const orders = (id: number, owner: string) => {
      const body = gzipSync(JSON.stringify({ order: id, owner, lines: ['茶', '书'] }))
      return Buffer.concat([
        Buffer.from(
          `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n`,
        ),
        body,
      ])
    }
    const get = (path: string) =>
      Buffer.from(`GET ${path} HTTP/1.1\r\nHost: shop.practice.test\r\nCookie: sid=1\r\n\r\n`)
    ids = await recordedTraffic(stage, engagementId, cast.tester, [
      { request: get('/orders/17'), response: orders(17, '陈默') },
      { request: get('/orders/18'), response: orders(18, '林晓') },
      {
        request: get('/logo.png'),
        response: Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n'), picture]),
      },
    ])
    while ((await indexWords(stage.deps)) > 0);
  }, 300_000)
  afterAll(() => screens.close())

  const complaints: string[] = []
  async function at(person: Person, path: string, options: Parameters<typeof openBrowser>[0] = {}): Promise<Page> {
    const context = await screens.browserOf(person, options)
    const page = await context.newPage()
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    await page.goto(`${stage.base}/engagements/${engagementId}${path}`)
    return page
  }

  it('shows a packed body as it was meant to be read, and a picture as one, whatever it is called', async () => {
    const page = await at(cast.auditor, `/traffic/${ids[0]}`)
    await page.getByRole('tab', { name: '响应' }).click()
    await page.getByText('"owner": "陈默"').waitFor()
    await page.goto(`${stage.base}/engagements/${engagementId}/traffic/${ids[2]}`)
    await page.getByRole('tab', { name: '响应' }).click()
    await expect
      .poll(() => page.locator('.side-image').evaluate((image) => (image as HTMLImageElement).naturalWidth))
      .toBe(1)
  })

  it('marks two exchanges, compares them line by line, and exports them', async () => {
    const page = await at(cast.auditor, '/traffic')
    const marks = page.getByLabel('标记', { exact: true })
    await marks.nth(1).check()
    await marks.nth(2).check()
    await page.getByText('已标记 2 条', { exact: true }).waitFor()
    await page.getByRole('button', { name: /导出所选 2 条/ }).click()
    const [file] = await Promise.all([page.waitForEvent('download'), page.getByText('HAR 1.2').click()])
    expect(file.suggestedFilename()).toMatch(/\.har$/)
    await page.getByRole('link', { name: '对比' }).click()
    await page.getByText('"owner": "陈默"').waitFor()
    expect(await page.locator('.diff .gone, .diff .new').allTextContents()).toEqual(
      expect.arrayContaining([expect.stringContaining('陈默'), expect.stringContaining('林晓')]),
    )
  })

  it('searches words in packed Chinese bodies, and says that it did', async () => {
    const page = await at(cast.auditor, '/traffic?text=%E6%9E%97%E6%99%93')
    await page.getByText('已打开并核对 1 条候选').waitFor()
    expect(await page.locator('.exchange').count()).toBe(1)
  })

  it('gives the tester the command that sends a request again by their lease', async () => {
    const page = await at(cast.tester, `/traffic/${ids[0]}`)
    await page.getByRole('button', { name: '复制重发命令' }).waitFor()
  })

  it('tells the demand side that it may not look, with nothing to filter and nobody listening on', async () => {
    const page = await (await screens.browserOf(cast.demand)).newPage()
    const asked: string[] = []
    page.on('request', (request) => asked.push(new URL(request.url()).pathname))
    await page.goto(`${stage.base}/engagements/${engagementId}/traffic`)
    await page.getByText('规则 ROLE-1').waitFor()
    expect(await page.getByPlaceholder('搜索主机或路径').count()).toBe(0)
    expect(await page.getByRole('button', { name: '重试' }).count()).toBe(0)
    const before = asked.filter((path) => path.endsWith('/live')).length
    await page.waitForTimeout(6000)
    expect(asked.filter((path) => path.endsWith('/live'))).toHaveLength(before)
  })

  it('is live again after something else answered in the place of the server', async () => {
    const page = await (await screens.browserOf(cast.auditor)).newPage()
    let away = true
    await page.route('**/live', (route) =>
      away ? route.fulfill({ status: 502, body: 'bad gateway' }) : route.continue(),
    )
    await page.goto(`${stage.base}/engagements/${engagementId}/traffic`)
    await page.getByText('正在重连').waitFor()
    away = false
    await page.getByText('实时', { exact: true }).waitFor()
  })

  it('maps what of the scope was tested by whom, down to a telephone’s width', async () => {
    const page = await at(cast.auditor, '/coverage', { viewport: { width: 390, height: 844 } })
    await page.getByText(/已测 1 项/).waitFor()
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  })

  it('scrolls through 100,000 exchanges with no more rows in the page than are seen', async () => {
    for (let from = 1000; from < 101_000; from += 10_000)
      await sql`insert into exchanges select made.* from exchanges e, generate_series(${from}::int, ${from + 9999}::int) n,
          lateral json_populate_record(e, json_build_object('sequence', n, 'id', 'xch_' || lpad(n::text, 26, '0'),
            'path', '/scroll/' || n)) made
          where e.sequence = (select min(sequence) from exchanges)`.execute(stage.deps.database.kysely)
    // As autovacuum does within a minute: without counts the planner reads all rows for each page.
    await sql`analyze exchanges`.execute(stage.deps.database.kysely)
    const page = await at(cast.auditor, '/traffic')
    await page.getByText('/scroll/100999').waitFor()
    const seen = await page.evaluate(async () => {
      const box = document.querySelector('.exchange-window')
      if (box === null) return null
      let most = 0
      const gaps: number[] = []
      let before = performance.now()
      let going = true
      const frame = (now: number): void => {
        gaps.push(now - before)
        before = now
        most = Math.max(most, document.querySelectorAll('.exchange').length)
        if (going) requestAnimationFrame(frame)
      }
      requestAnimationFrame(frame)
      const rows = () => Number(document.querySelector('[role=grid]')?.getAttribute('aria-rowcount'))
      while (rows() < 100_000) {
        box.scrollTop = box.scrollHeight
        await new Promise((resolve) => setTimeout(resolve, 15))
      }
      box.scrollTop = box.scrollHeight
      await new Promise((resolve) => setTimeout(resolve, 300))
      // A steady scroll through the middle of everything that is held.
      gaps.length = 0
      for (let turn = 0; turn < 120; turn++) {
        box.scrollTop -= 400
        await new Promise((resolve) => requestAnimationFrame(resolve))
      }
      going = false
      const sorted = gaps.toSorted((one, other) => one - other)
      return { rows: rows(), most, median: sorted[Math.floor(sorted.length / 2)], worst: sorted.at(-1) }
    })
    console.log(`scrolling through 100,000 exchanges: ${JSON.stringify(seen)}`)
    expect(seen?.rows).toBeGreaterThanOrEqual(100_000)
    expect(seen?.most).toBeLessThan(80)
  })

  it('leaves no complaint in the console', () => {
    expect(complaints).toEqual([])
  })
})
