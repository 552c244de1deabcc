import { readFile } from 'node:fs/promises'
import type { Person } from '@zhongheng/tools/demo/person.ts'
import { freePort } from '@zhongheng/tools/ports.ts'
import type { Download, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { whyNoBrowser } from '../browser/open-browser.ts'
import { linkTo } from '../scenes/attached-files.ts'
import { type Cast, assemble, inTesting, submittedFinding } from '../scenes/crowd-test.ts'
import { pngOf } from '../scenes/png.ts'
import { type Screens, openScreens } from '../scenes/screens.ts'
import type { Stage } from '../scenes/stage.ts'

/* Mr Chen attaches a picture, notes and two files that would run; the organizer looks at them and saves them, in a real browser. */
const noBrowser = whyNoBrowser()
if (noBrowser) console.log(`attachments are not looked at: ${noBrowser}`)

const running = (name: string): Buffer =>
  Buffer.from(`${name}<script>fetch('/api/me').then(() => canary(1)); canary(2)</script>`)
const svg = running('<svg xmlns="http://www.w3.org/2000/svg" onload="canary(3)">')
const photo = pngOf(320, 200, { artist: 'canary-artist' })
const html = running('<!doctype html><img src=x onerror="canary(4)">')

describe.skipIf(noBrowser)('files of a stranger on the screens', () => {
  let screens: Screens
  let stage: Stage
  let cast: Cast
  let engagementId: string
  let findingId: string
  const ran: string[] = []

  beforeAll(async () => {
    const port = await freePort()
    screens = await openScreens({ port, filesUrl: `http://files.localhost:${port}` })
    stage = screens.stage
    cast = await assemble(stage, 'a')
    engagementId = await inTesting(stage, cast)
    findingId = await submittedFinding(stage, engagementId, cast.tester)
  }, 300_000)
  afterAll(() => screens.close())

  async function findingOf(person: Person): Promise<Page> {
    const context = await screens.browserOf(person)
    await context.exposeFunction('canary', (mark: unknown) => void ran.push(String(mark)))
    const page = await context.newPage()
    page.on('dialog', (dialog) => {
      ran.push(`dialog ${dialog.message()}`)
      void dialog.dismiss()
    })
    await page.goto(`${stage.base}/engagements/${engagementId}/findings/${findingId}`)
    await page
      .getByRole('heading', { name: '附件' })
      .or(page.getByRole('button', { name: '选择文件' }))
      .first()
      .waitFor()
    return page
  }
  const bytesOf = async (saved: Download): Promise<Buffer> => readFile(await saved.path())

  it('are attached to a comment, each as what it is by its bytes', async () => {
    const page = await findingOf(cast.tester)
    await page.locator('.files input[type=file]').setInputFiles([
      { name: '截图.png', mimeType: 'image/png', buffer: photo },
      { name: '笔记.txt', mimeType: 'text/plain', buffer: Buffer.from('第一步') },
      { name: 'x.svg', mimeType: 'image/svg+xml', buffer: svg },
      { name: 'photo.jpg', mimeType: 'image/jpeg', buffer: html },
    ])
    await expect
      .poll(
        () =>
          page
            .locator('.files .files-list > li')
            .getByRole('button', { name: /移\s*除/ })
            .count(),
        { timeout: 60_000 },
      )
      .toBe(4)
    await page.getByPlaceholder('支持 Markdown').last().fill('证据见附件。')
    await page.getByRole('button', { name: /^发表/ }).click()
    const list = page.locator('.files-list.attached > li')
    await expect.poll(() => list.count(), { timeout: 30_000 }).toBe(4)
    const texts = (await list.allTextContents()).join('\n')
    for (const text of ['截图.png', 'PNG 图片', '笔记.txt', 'x.svg', 'photo.jpg', 'HTML、SVG 或 XML 源码', '320 × 200'])
      expect(texts).toContain(text)
  }, 120_000)

  it('PUB-XS-03 PUB-XS-04: leave the organizer’s page as downloads from another origin, and nothing in them runs', async () => {
    const page = await findingOf(cast.organizer)
    const here = page.url()
    const list = page.locator('.files-list.attached > li')
    await list.first().waitFor()
    for (const [name, content] of [
      ['x.svg', svg],
      ['photo.jpg', html],
      ['笔记.txt', Buffer.from('第一步')],
      ['截图.png', photo],
    ] as const) {
      const coming = page.waitForEvent('download')
      await list
        .filter({ hasText: name })
        .getByRole('button', { name: /^下\s*载$/ })
        .click()
      const saved = await coming
      expect(saved.suggestedFilename()).toBe(name)
      expect(new URL(saved.url()).hostname).toBe('files.localhost')
      expect((await bytesOf(saved)).equals(content), name).toBe(true)
      expect(page.url()).toBe(here)
    }
    // Whoever is led to such an address by hand fares no better.
    const { attachments } = await cast.organizer.call('GET /api/engagements/:engagementId/findings/:findingId', {
      params: { engagementId, findingId },
    })
    const ofSvg = attachments.find(({ name }) => name === 'x.svg')?.attachmentId ?? ''
    const other = await page.context().newPage()
    const coming = other.waitForEvent('download')
    await expect(other.goto(await linkTo(cast.organizer, engagementId, ofSvg))).rejects.toThrow(/download|ERR_ABORTED/i)
    expect((await bytesOf(await coming)).equals(svg)).toBe(true)
    expect(ran).toEqual([])
  }, 120_000)

  it('PUB-XS-04: a picture is shown as a copy without what its camera wrote into it', async () => {
    const page = await findingOf(cast.organizer)
    const coming = page.waitForResponse((response) => response.url().endsWith('/preview'))
    await page.getByRole('button', { name: '查看图片' }).click()
    const shown = await coming
    expect(shown.headers()).toMatchObject({ 'content-type': 'image/webp', 'x-content-type-options': 'nosniff' })
    const copy = await shown.body()
    expect(photo.includes('canary-artist')).toBe(true)
    expect(copy.includes('canary-artist')).toBe(false)
    expect(copy.subarray(8, 12).toString()).toBe('WEBP')
    const picture = page.getByRole('img', { name: '截图.png' })
    await expect.poll(() => picture.evaluate((one) => (one as HTMLImageElement).naturalWidth)).toBe(320)
    expect(ran).toEqual([])
  }, 60_000)
})
