import { nameOnDisk } from '@zhongheng/domain/attachments/file-name.ts'
import type { FastifyInstance } from 'fastify'
import { spendLink } from '../features/attachments/links.ts'
import { type AttachmentFacts, contentAt, contentPath, factsAt, fileKeys } from '../features/attachments/rows.ts'
import { readSealed } from '../sealing/sealed-file.ts'
import type { Deps } from '../work/deps.ts'

/** Where downloads lie on the other origin; nothing else is there, and this is nowhere else (`host.ts`). */
export const filesPath = '/f/'

/**
 * The other origin: a host name of its own that knows downloads by one-time address and nothing else. No cookie of ours reaches it and it sets
 * none, so that a file which somebody gets a browser to open after all stands beside nothing of ours. Whatever a file calls
 * itself, it is bytes to be saved.
 */
export function serveFiles(app: FastifyInstance, deps: Deps): void {
  app.get(`${filesPath}:token`, async (request, reply) => {
    const { token } = request.params as { token: string }
    const found = /^[\w-]{32}$/.test(token) ? await spendLink(deps, token) : null
    if (found === null || found.sealing.destroyed)
      return reply
        .code(404)
        .type('text/plain; charset=utf-8')
        .send(
          '此下载地址无效、已用过或已过期，请回到页面重新下载。\nThis address is not, or no longer, valid: go back to the page and download again.\n',
        )
    const { row, sealing } = found
    const { name } = JSON.parse(sealing.open(factsAt(row), row.sealed_facts)) as AttachmentFacts
    const onDisk = nameOnDisk(name)
    const size = Number(row.size)
    return reply
      .type('application/octet-stream')
      .header('content-length', size)
      .header(
        'content-disposition',
        `attachment; filename="${onDisk.replace(/[^\w.-]/g, '_')}"; filename*=UTF-8''${encodeURIComponent(onDisk).replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)}`,
      )
      .send(readSealed(contentPath(deps.settings.dataFolder, row), fileKeys(sealing), contentAt(row.id), 0, size - 1))
  })
}
