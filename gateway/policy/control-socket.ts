import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { dirname } from 'node:path'
import type { GatewayStatus } from '@zhongheng/contracts/records/policy.ts'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import type { PolicyKeeper } from './policy-keeper.ts'
import { readPush } from './read-policy.ts'

const maxBody = 64 * 1024 * 1024

const statuses: { readonly [code in Problem['code']]?: number } = {
  malformed: 400,
  forbidden: 403,
  conflict: 409,
  not_found: 404,
  too_large: 413,
  refused: 422,
  unavailable: 503,
}

/**
 * The gateway's control socket (HTTP over a unix socket, mode 0600): `PUT /policy` takes a signed snapshot, `GET /status`
 * tells how things stand. Who may open the file may push; what is pushed must still be signed.
 */
export async function openControlSocket(
  path: string,
  keeper: PolicyKeeper,
  status: () => GatewayStatus,
): Promise<{ close(): Promise<void> }> {
  privateFolder(dirname(path))
  await removeStale(path)
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(request, keeper, status).then(
      (body) => reply(response, 200, body),
      (error: unknown) => {
        if (!(error instanceof Problem)) return reply(response, 500, { error: 'internal' })
        const { code, rule, text, fields } = error
        reply(response, statuses[code] ?? 400, { code, rule, text, fields })
      },
    )
  })
  // The mask sets the mode while binding, so that there is no moment in which others may connect.
  const mask = process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, resolve)
    })
  } finally {
    process.umask(mask)
  }
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(request: IncomingMessage, keeper: PolicyKeeper, status: () => GatewayStatus): Promise<unknown> {
  if (request.method === 'GET' && request.url === '/status') return status()
  if (request.method === 'PUT' && request.url === '/policy') {
    const { policy, digest } = keeper.accept(readPush(await readBody(request)))
    return { sequence: policy.sequence, digest }
  }
  throw new Problem('not_found', say('没有这个操作', 'no such operation; PUT /policy or GET /status'))
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBody) throw new Problem('too_large', say('策略过大', 'the policy is larger than 64 MiB'))
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A socket file left by a process that was killed is removed; one that answers belongs to a living gateway. */
async function removeStale(path: string): Promise<void> {
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
  if (alive) {
    throw new Problem('conflict', say(`已有网关在使用 ${path}`, `another gateway is using ${path}`), {
      rule: 'GATEWAY-1',
    })
  }
  rmSync(path, { force: true })
}

/** Makes the folder (0700) or checks that it is this account's: in another's folder a socket could be put in our place. */
function privateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const found = lstatSync(folder)
  if (found.isDirectory() && (process.getuid === undefined || found.uid === process.getuid())) return
  const text = say(
    `${folder} 属于其他账号，请用 ZH_RUN 指定自己的文件夹`,
    `${folder} belongs to another account; give ZH_RUN a folder of your own`,
  )
  throw new Problem('forbidden', text, { rule: 'GATEWAY-2' })
}
