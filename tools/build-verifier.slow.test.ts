import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inputOf, logOf, recordedProofs, signer, storyOf } from '@zhongheng/ledger/pack/pack-for-tests.ts'
import { writePack } from '@zhongheng/ledger/pack/write-pack.ts'
import { toHex } from '@zhongheng/ledger/verify/bytes.ts'
import { fingerprint } from '@zhongheng/ledger/verify/keys.ts'
import { nodeCrypto } from '@zhongheng/ledger/verify/node-crypto.ts'
import { openBrowser, whyNoBrowser } from '@zhongheng/testing/browser/open-browser.ts'
import { buildVerifier, verifierFiles } from './build-verifier.ts'

/* What a court gets: the verifier in one file, a pack and a receipt, in a folder with nothing else of ours. */
const mine = fingerprint(nodeCrypto.sha256, signer.publicKey)
let folder: string
const at = (name: string): string => join(folder, 'court', name)

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-verifier-'))
  await buildVerifier(join(folder, 'built'))
  await mkdir(join(folder, 'court'))
  for (const name of verifierFiles) await copyFile(join(folder, 'built', name), at(name))
  const log = await logOf(join(folder, 'log'), storyOf(recordedProofs()))
  await writePack(createWriteStream(at('evidence.zip')), await inputOf(log))
  const receipt = {
    format: 'zhongheng-receipt/1',
    entry: { index: 302, leaf: Buffer.from(await log.entry(302)).toString('utf8') },
    proof: (await log.inclusionProof(302, 305)).map(toHex),
    checkpoint: await log.checkpoint(),
    key: log.verifierKey,
    names: { act: { zh: '提交漏洞', en: 'Finding submitted' }, actor: '<b>Wu</b>', engagement: null, subject: null },
    madeAt: '2026-11-21T05:00:00.000Z',
  }
  await writeFile(at('receipt.json'), JSON.stringify(receipt))
  const head = { format: 'zhongheng-consistency/1', from: 305, proof: [], checkpoint: receipt.checkpoint }
  await writeFile(at('newer.json'), JSON.stringify(head))
  await log.close()
  const bytes = await readFile(at('evidence.zip'))
  const place = bytes.indexOf('GET /orders/0')
  bytes[place] = 0x50
  await writeFile(at('changed.zip'), bytes)
  await writeFile(at('cut.zip'), bytes.subarray(0, 1000))
}, 60_000)
afterAll(() => rm(folder, { recursive: true }))

describe('heng-verify.mjs in a folder of its own', { timeout: 60_000 }, () => {
  const programs = [process.execPath, '/usr/bin/node'].filter((path) => existsSync(path))
  const run = (node: string, ...words: string[]) => {
    const { status, stdout, stderr } = spawnSync(node, ['heng-verify.mjs', ...words, '--lang', 'en'], {
      cwd: join(folder, 'court'),
      encoding: 'utf8',
      // No path to anything that is installed.
      env: { PATH: '', NODE_PATH: '' },
    })
    return { exit: status, out: stdout, err: stderr }
  }

  it.each(programs)('answers 0, 1 and 2 under %s', (node) => {
    const good = run(node, 'evidence.zip', '--key', mine)
    expect(good).toMatchObject({ exit: 0, err: '' })
    expect(good.out).toContain('the one you named')
    expect(run(node, 'receipt.json', '--against', 'newer.json')).toMatchObject({ exit: 0 })
    expect(run(node, 'changed.zip')).toMatchObject({ exit: 1 })
    expect(run(node, 'cut.zip')).toMatchObject({ exit: 2 })
    expect(run(node, 'absent.zip')).toMatchObject({ exit: 2, out: '' })
    expect(run(node).out).toContain('node heng-verify.mjs PACK|RECEIPT')
  })

  it('needs no module but those of Node', async () => {
    const text = await readFile(at('heng-verify.mjs'), 'utf8')
    const wanted = [...text.matchAll(/^import .* from "([^"]+)";?$/gm), ...text.matchAll(/require\d*\("([^"]+)"\)/g)]
    expect(wanted.map(([, name]) => name).filter((name) => !name?.startsWith('node:'))).toEqual([])
    for (const module of ['net', 'http', 'https', 'tls', 'dns', 'child_process'])
      expect(text).not.toMatch(new RegExp(`"(?:node:)?${module}"`))
  })

  it('is made of the same bytes each time', async () => {
    await buildVerifier(join(folder, 'again'))
    for (const name of verifierFiles)
      expect(await readFile(join(folder, 'again', name), 'utf8')).toBe(await readFile(at(name), 'utf8'))
    expect(await readdir(join(folder, 'again'))).toEqual([...verifierFiles])
  })
})

describe.skipIf(whyNoBrowser())('verify.html, opened from disk', { timeout: 60_000 }, () => {
  async function opened(
    locale: string,
    task: (page: Page, seen: { asked: string[]; said: string[] }) => Promise<void>,
  ) {
    const { context, close } = await openBrowser({ locale, offline: true })
    try {
      const page = await context.newPage()
      const seen = { asked: [] as string[], said: [] as string[] }
      page.on('request', (request) => seen.asked.push(request.url()))
      page.on('console', (message) => seen.said.push(message.text()))
      page.on('pageerror', (error) => seen.said.push(error.message))
      await page.goto(pathToFileURL(at('verify.html')).href)
      await task(page, seen)
      expect(seen.said).toEqual([])
      expect(seen.asked.filter((url) => !url.startsWith('file:') && !url.startsWith('blob:'))).toEqual([])
    } finally {
      await close()
    }
  }
  const give = (page: Page, ...names: string[]) => page.setInputFiles('#file', names.map(at))

  it('verifies a pack with the key that was named, and says what is proved and what is not', async () => {
    await opened('en-GB', async (page) => {
      await page.fill('#key', mine)
      await give(page, 'evidence.zip')
      await page.getByRole('heading', { name: 'Verified' }).waitFor()
      const text = await page.locator('#results').innerText()
      expect(text).toContain('the one you named')
      expect(text).toContain('5 entries · 1 findings · 2 exchanges')
      expect(text).toContain('no witness has cosigned')
      await page.fill('#key', '0'.repeat(64))
      await give(page, 'evidence.zip')
      await page.getByRole('heading', { name: 'NOT verified' }).waitFor()
    })
  })

  it('names the first fault of a changed pack, in Chinese, and refuses what cannot be judged', async () => {
    await opened('zh-CN', async (page) => {
      await give(page, 'changed.zip')
      await page.getByRole('heading', { name: '验证失败' }).waitFor()
      expect(await page.locator('#results').innerText()).toContain('exchanges/xch_0/request.bin')
      await give(page, 'cut.zip')
      await page.getByRole('heading', { name: '无法判断' }).waitFor()
      await page.getByRole('button', { name: 'English' }).click()
      await page.getByRole('heading', { name: 'Refused' }).waitFor()
    })
  })

  it('checks a receipt against a newer checkpoint, and shows hostile names as text', async () => {
    await opened('en-GB', async (page) => {
      await give(page, 'receipt.json', 'newer.json')
      await page.getByRole('heading', { name: 'Verified' }).waitFor()
      const text = await page.locator('#results').innerText()
      expect(text).toContain('<b>Wu</b>')
      expect(text).toContain('nothing was rewritten between')
    })
  })

  it('may reach nothing, whatever a script in it tried', async () => {
    await opened('en-GB', async (page, seen) => {
      const reached = await page.evaluate(() =>
        fetch('http://127.0.0.1:9/').then(
          () => 'reached',
          () => 'refused',
        ),
      )
      expect(reached).toBe('refused')
      expect(seen.said.join()).toContain('Content Security Policy')
      seen.said.length = 0
      seen.asked.length = 0
    })
  })
})
