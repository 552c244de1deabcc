import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import { extname, join } from 'node:path'
import { answer } from './mock.ts'

const dist = join(import.meta.dirname, '..', 'dist')
const types: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' }

/** Serves the built pages with the product's content policy and a small invented API, to look at screens without a server. */
export function serveMock(): Server {
  return createServer((request, response) => {
    void (async () => {
      const address = new URL(request.url ?? '/', 'http://localhost')
      if (address.pathname.startsWith('/api/')) {
        let text = ''
        for await (const chunk of request) text += String(chunk)
        const as = /as=(\w+)/.exec(request.headers.cookie ?? '')?.[1] ?? null
        const { status, body } = answer(
          request.method ?? 'GET',
          address,
          text === '' ? undefined : JSON.parse(text),
          as,
        )
        response
          .writeHead(status, { 'content-type': 'application/json' })
          .end(body === undefined ? '' : JSON.stringify(body))
        return
      }
      if (address.pathname.startsWith('/assets/')) {
        const file = readFileSync(join(dist, 'assets', address.pathname.slice('/assets/'.length).replaceAll('/', '')))
        response
          .writeHead(200, { 'content-type': types[extname(address.pathname)] ?? 'application/octet-stream' })
          .end(file)
        return
      }
      const nonce = randomBytes(16).toString('base64')
      response
        .writeHead(200, {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'`,
        })
        .end(readFileSync(join(dist, 'index.html'), 'utf8').replaceAll('__NONCE__', nonce))
    })().catch((error: unknown) => {
      response.writeHead(500).end(String(error))
    })
  })
}

if (import.meta.main) {
  const server = serveMock().listen(4173, '127.0.0.1', () => {
    console.log('http://127.0.0.1:4173 — set the cookie as=demand | organizer | tester | auditor')
  })
  process.on('SIGINT', () => server.close())
}
