/** What the environment says about this program. The only reader of `process.env` here. */
export type PracticeSettings = {
  readonly port: number
  readonly tlsPort: number
  readonly names: readonly string[] | undefined
}

/**
 * `ZH_PRACTICE_PORT` (8080 by default) and `ZH_PRACTICE_TLS_PORT` (8443 by default), 0 for any free port;
 * `ZH_PRACTICE_NAMES`, host names for the certificate, separated by commas.
 * @throws RangeError when a port is not a number from 0 to 65535
 */
export function readPracticeSettings(): PracticeSettings {
  const names = process.env['ZH_PRACTICE_NAMES']
  return {
    port: portFrom('ZH_PRACTICE_PORT', process.env['ZH_PRACTICE_PORT'], 8080),
    tlsPort: portFrom('ZH_PRACTICE_TLS_PORT', process.env['ZH_PRACTICE_TLS_PORT'], 8443),
    names: names === undefined || names === '' ? undefined : names.split(',').map((name) => name.trim()),
  }
}

function portFrom(variable: string, text: string | undefined, otherwise: number): number {
  if (text === undefined || text === '') return otherwise
  const port = Number(text)
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new RangeError(`${variable} 须为 0 至 65535 的整数 / ${variable} must be an integer from 0 to 65535`)
  }
  return port
}
