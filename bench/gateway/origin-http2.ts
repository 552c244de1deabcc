import { execFileSync, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@zhongheng/tools/ports.ts'
import { keepOn, listening } from './machine.ts'

/** One nginx worker under TLS, HTTP/1.1 or HTTP/2 as the client offers: 1 KiB, and 64 KiB at /64k. */
export async function startOrigin(nginx: string, folder: string): Promise<{ port: number; end(): void }> {
  const port = await freePort(20_000)
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=shop.example'.split(' '),
      '-keyout',
      join(folder, 'origin.key'),
      '-out',
      join(folder, 'origin.pem'),
    ],
    { stdio: 'ignore' },
  )
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${folder}/${kind};`)
    .join(' ')
  writeFileSync(join(folder, '64k'), 'x'.repeat(65_536))
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root; ' : ''}daemon off; pid ${folder}/nginx.pid; error_log ${folder}/nginx.log; worker_processes 1;
events { worker_connections 1024; }
http { access_log off; ${temporary} keepalive_requests 10000000; http2_max_concurrent_streams 256;
server { listen 127.0.0.1:${port} ssl http2; default_type text/plain; tcp_nopush off; location / { return 200 ${'x'.repeat(1024)}; } location /64k { root ${folder}; }
ssl_certificate ${folder}/origin.pem; ssl_certificate_key ${folder}/origin.key; } }
`,
  )
  const child = spawn(nginx, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: 'ignore' })
  await listening(port)
  keepOn('load', child.pid)
  return { port, end: () => child.kill('SIGTERM') }
}
