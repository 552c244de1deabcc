import { fileURLToPath } from 'node:url'
import type { Settings } from '@zhongheng/server/main/settings.ts'
import { ensureWebPages } from '@zhongheng/tools/start/web-pages.ts'
import type { BrowserContext } from 'playwright-core'
import { type OpenBrowser, openBrowser } from '../browser/open-browser.ts'
import { type Stage, openStage } from './stage.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A stage that serves the pages, and the browsers of who looks at them, one for each. */
export type Screens = {
  readonly stage: Stage
  /** A browser in which this person is signed in. */
  browserOf(person: { readonly cookie: string }, options?: Parameters<typeof openBrowser>[0]): Promise<BrowserContext>
  close(): Promise<void>
}

export async function openScreens(settings: Partial<Settings> = {}): Promise<Screens> {
  await ensureWebPages(root, () => undefined)
  const stage = await openStage({ settings: { ...settings, webFolder: `${root}web/dist` } })
  const open: OpenBrowser[] = []
  return {
    stage,
    async browserOf({ cookie }, options = {}) {
      const browser = await openBrowser(options)
      open.push(browser)
      await browser.context.addCookies(
        cookie.split('; ').map((pair) => {
          const [name = '', value = ''] = pair.split('=')
          return { name, value, url: stage.base }
        }),
      )
      return browser.context
    },
    async close() {
      for (const browser of open) await browser.close()
      await stage.close()
    },
  }
}
