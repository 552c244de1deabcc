import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '@zhongheng/tools/ports.ts'
import { keepOn, listening } from './machine.ts'

const certificates = '/usr/lib/squid/security_file_certgen'

/** Whether this squid can end TLS; Debian has it in squid-openssl only. */
export const squidCanBump = (): boolean => existsSync(certificates)

/** squid that ends TLS by its own CA and writes a line per request: no account, no scope, no record of bytes. */
export async function startSquid(program: string, parent: string): Promise<{ port: number; pid: number; end(): void }> {
  const port = await freePort(22_000)
  const folder = join(parent, 'squid')
  mkdirSync(folder)
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=bench'.split(' '),
      '-keyout',
      join(folder, 'ca.key'),
      '-out',
      join(folder, 'ca.pem'),
    ],
    { stdio: 'ignore' },
  )
  execFileSync(certificates, ['-c', '-s', join(folder, 'certificates'), '-M', '16MB'], { stdio: 'ignore' })
  // It gives up the rights of root by itself and must still reach its files.
  chmodSync(parent, 0o755)
  execFileSync('chmod', ['-R', 'a+rwX', folder])
  writeFileSync(
    join(folder, 'squid.conf'),
    `http_port 127.0.0.1:${port} ssl-bump tls-cert=${folder}/ca.pem tls-key=${folder}/ca.key generate-host-certificates=on dynamic_cert_mem_cache_size=16MB
sslcrtd_program ${certificates} -s ${folder}/certificates -M 16MB
acl first at_step SslBump1
ssl_bump peek first
ssl_bump bump all
sslproxy_cert_error allow all
tls_outgoing_options flags=DONT_VERIFY_PEER
http_access allow all
cache deny all
access_log stdio:${folder}/access.log
cache_log ${folder}/cache.log
pid_filename ${folder}/squid.pid
coredump_dir ${folder}
shutdown_lifetime 1 seconds
`,
  )
  const child = spawn(program, ['-N', '-f', join(folder, 'squid.conf')], { stdio: 'ignore' })
  await listening(port)
  keepOn('subject', child.pid)
  return { port, pid: child.pid ?? 0, end: () => child.kill('SIGKILL') }
}
