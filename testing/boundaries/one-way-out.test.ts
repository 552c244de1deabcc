import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { sourceFiles } from './imports.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/**
 * The egress client itself, the clients of our own programs, which speak over unix sockets only, and that of the bus, which knows the
 * operator's addresses and no others.
 */
const mayConnect = new Set([
  'server/egress/egress.ts',
  'server/ports/gateway.ts',
  'server/ports/recorder.ts',
  'server/ports/row-feed.ts',
])
const canCall =
  /from 'node:(?:https|tls|dgram|dns|dns\/promises)'|from '@nats-io\/transport-node'|\b(?:connect|createConnection|request|get)\b[^;\n]*from 'node:(?:http|net)'|(?<![\w.])fetch\(/

it('PUB-SS-01 the server calls other machines through the one egress client only', () => {
  const callers = sourceFiles(root).filter(
    (file) =>
      file.startsWith('server/') &&
      !/\.test\.ts$|\/fixtures\//.test(file) &&
      canCall.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(new Set(callers)).toEqual(mayConnect)
})
