import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { browserSettings } from '@zhongheng/tools/settings.ts'
import type { BrowserContext, BrowserContextOptions, LaunchOptions } from 'playwright-core'
import { chromium } from 'playwright-core'

/**
 * Why no browser test can run here, for `describe.skipIf`; undefined where one can. CHROMIUM names another browser than
 * /usr/bin/chromium; ZH_NO_BROWSER=1 turns browser tests off.
 */
export function whyNoBrowser(): string | undefined {
  const { chromium: path, off } = browserSettings()
  if (off) return 'ZH_NO_BROWSER is set'
  return existsSync(path) ? undefined : `no Chromium at ${path} (set CHROMIUM, or install the package chromium)`
}

/** Chromium asks its maker's hosts for updates and the like at every start; a test speaks to loopback only. */
const quietFlags: NonNullable<LaunchOptions['args']> = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
]

/** A browser with a new empty profile; `close()` ends it and removes the profile. */
export type OpenBrowser = { readonly context: BrowserContext; close(): Promise<void> }

/**
 * Opens Chromium for one person: each call has its own cookies. Options as in playwright (`locale: 'zh-CN'`,
 * `viewport: { width: 390, height: 844 }`, `colorScheme: 'dark'`, …); Chinese and 1280 × 800 unless told.
 */
export async function openBrowser(options: BrowserContextOptions = {}): Promise<OpenBrowser> {
  const profile = mkdtempSync(join(tmpdir(), 'zh-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: browserSettings().chromium,
    args: quietFlags,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1280, height: 800 },
    ...options,
  })
  return {
    context,
    async close() {
      await context.close()
      rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}
