import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { environment } from '@zhongheng/tools/settings.ts'

const module = ['/usr/lib/softhsm/libsofthsm2.so', '/usr/lib64/softhsm/libsofthsm2.so'].find((path) => existsSync(path))
const has = (program: string): boolean => spawnSync(program, ['--help']).error === undefined

/** Whether a token can be made here: Debian packages softhsm2 and opensc. */
export const canMakeTokens = module !== undefined && has('softhsm2-util') && has('pkcs11-tool')

export type SoftToken = {
  readonly module: string
  readonly token: string
  readonly pin: string
  /** What programs need to find it. */
  readonly environment: { readonly [name: string]: string }
}

/** A real PKCS#11 token of SoftHSM2 in a folder of its own, with a user PIN. */
export function makeSoftToken(folder: string, token = 'zhongheng'): SoftToken {
  if (module === undefined) throw new Error('SoftHSM2 is not installed')
  mkdirSync(join(folder, 'tokens'), { recursive: true })
  const settings = join(folder, 'softhsm2.conf')
  writeFileSync(
    settings,
    `directories.tokendir = ${join(folder, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  )
  const pin = '271828'
  const variables = { PATH: environment().PATH ?? '/usr/bin:/bin', SOFTHSM2_CONF: settings }
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', token, '--pin', pin, '--so-pin', '31415926'], {
    env: variables,
  })
  return { module, token, pin, environment: variables }
}
