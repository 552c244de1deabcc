import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { browserSettings, environment } from './settings.ts'

/** Whether a program is on the PATH. */
const has = (program: string): boolean =>
  (environment().PATH ?? '').split(':').some((folder) => folder !== '' && existsSync(`${folder}/${program}`))

/** Programs that some tests use where they are there: program, Debian package, what is not tested without it. */
const helpful = [
  ['curl', 'curl', 'requests of curl through the gateway'],
  ['sqlmap', 'sqlmap', 'requests of sqlmap through the gateway'],
  ['ffuf', 'ffuf', 'requests of ffuf through the gateway'],
  ['nghttp', 'nghttp2-client', 'HTTP/2 by nghttp and h2load'],
  ['proxychains4', 'proxychains4', 'SOCKS by proxychains'],
  ['socat', 'socat', 'alerts by syslog, taken by socat'],
  ['tshark', 'tshark', 'exported captures, read by Wireshark'],
  ['pdftoppm', 'poppler-utils', 'pages of the PDF documents as pictures'],
  ['localc', 'libreoffice-calc', 'exported tables, opened by LibreOffice'],
  ['lowriter', 'libreoffice-writer', 'copies of drafts, opened and saved by LibreOffice'],
  ['openssl', 'openssl', 'signatures and time stamps, checked by openssl'],
  ['jq', 'jq', 'the guide for checking without us'],
  ['xxd', 'xxd', 'the guide for checking without us'],
  ['unzip', 'unzip', 'the guide for checking without us'],
  ['strings', 'binutils', 'what a thief of the disk reads'],
  ['softhsm2-util', 'softhsm2', 'keys in a hardware token (SoftHSM)'],
  ['pkcs11-tool', 'opensc', 'keys in a hardware token (PKCS#11)'],
  ['faketime', 'faketime', 'steps of the clock'],
  ['strace', 'strace', 'errors of the disk, and what the examiner opens'],
  ['unshare', 'util-linux', 'full disks and power cuts'],
  ['mkfs.ext4', 'e2fsprogs', 'power cuts'],
  ['ip', 'iproute2', 'evasions in a network namespace'],
  ['nft', 'nftables', 'evasions, counted by a packet filter'],
  ['ceph-mon', 'ceph-mon', 'segments in a bucket (S3), on Ceph’s gateway'],
  ['ceph-osd', 'ceph-osd', 'segments in a bucket (S3), on Ceph’s gateway'],
  ['radosgw', 'radosgw', 'segments in a bucket (S3), on Ceph’s gateway'],
  ['nats-server', 'nats-server', 'rows over a bus, on a real NATS server'],
  ['ceph', 'ceph-common', 'segments in a bucket (S3), on Ceph’s gateway'],
] as const

/**
 * Makes sure, as far as this machine allows, that the tests with a browser and with other real programs can run: as root on Debian it
 * installs what is missing, and says so. Returns whether the browser is there. Also says which other tests do not run for want of a program.
 */
export function prepareTestTools(): { readonly browser: boolean } {
  const browser = prepareBrowser()
  const missing = helpful.filter(([program]) => !has(program))
  if (missing.length > 0 && mayInstall()) installPackages(missing.map(([, name]) => name))
  for (const [program, name, what] of missing) {
    if (!has(program)) console.log(`Not run: ${what} (no ${program} here; Debian package ${name})`)
  }
  return { browser }
}

const mayInstall = (): boolean => process.getuid?.() === 0 && has('apt-get')

/** Installs Debian packages, all or none; whether it worked is seen by looking for the program. */
function installPackages(packages: readonly string[]): void {
  console.log(`Installing ${packages.join(' ')} …`)
  for (const args of [
    ['update', '-q'],
    ['install', '-y', '-q', '--no-install-recommends', ...packages],
  ]) {
    spawnSync('apt-get', args, {
      env: { ...environment(), DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 600_000,
    })
  }
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
  if (!mayInstall() || chromium !== '/usr/bin/chromium') {
    console.log(`Not run: browser tests (no Chromium at ${chromium}). On Debian, as root: ${command}`)
    return false
  }
  installPackages(packages)
  if (existsSync(chromium)) {
    console.log('Chromium is installed.')
    return true
  }
  console.log(`Not run: browser tests (Chromium could not be installed; try: ${command})`)
  return false
}
