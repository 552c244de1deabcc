import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { browserSettings, environment } from './settings.ts'

/** Whether a program is on the PATH. */
const has = (program: string): boolean =>
  (environment().PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(`${folder}/${program}`))

/** Clients and viewers that some tests use when they are there: program, Debian package, what is not tested without it. */
const helpful = [
  ['curl', 'curl', 'requests of curl through the gateway'],
  ['sqlmap', 'sqlmap', 'requests of sqlmap through the gateway'],
  ['ffuf', 'ffuf', 'requests of ffuf through the gateway'],
  ['pdftoppm', 'poppler-utils', 'pages of the PDF documents as pictures'],
] as const

/**
 * Makes sure, as far as this machine allows, that the browser tests can run: as root on Debian it installs Chromium, and says so.
 * Returns whether they can. Also says which other tests do not run for want of a program.
 */
export function prepareTestTools(): { readonly browser: boolean } {
  const browser = prepareBrowser()
  for (const [program, name, what] of helpful) {
    if (!has(program)) console.log(`Not run: ${what} (no ${program} here; Debian package ${name})`)
  }
  return { browser }
}

function prepareBrowser(): boolean {
  const { chromium, off } = browserSettings()
  if (off) {
    console.log('Not run: browser tests (ZH_NO_BROWSER is set)')
    return false
  }
  if (existsSync(chromium)) return true
  const packages = ['chromium', 'fonts-noto-cjk']
  const command = `apt-get install -y --no-install-recommends ${packages.join(' ')}`
  if (process.getuid?.() !== 0 || !has('apt-get') || chromium !== '/usr/bin/chromium') {
    console.log(`Not run: browser tests (no Chromium at ${chromium}). On Debian, as root: ${command}`)
    return false
  }
  console.log(`No Chromium here: installing it (${command}) …`)
  const install = (args: readonly string[]): boolean =>
    spawnSync('apt-get', args, {
      env: { ...environment(), DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 600_000,
    }).status === 0
  install(['update', '-q'])
  if (install(['install', '-y', '-q', '--no-install-recommends', ...packages]) && existsSync(chromium)) {
    console.log('Chromium is installed.')
    return true
  }
  console.log(`Not run: browser tests (Chromium could not be installed; try: ${command})`)
  return false
}
