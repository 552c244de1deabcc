import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A real time-stamping authority in a folder: `openssl ts` with a certificate authority of its own. */
export type Authority = {
  /** PEM file of the certificate authority. */
  readonly caFile: string
  readonly ca: string
  /** Answers a DER request, as the authority's web address would. */
  reply(request: Uint8Array): Buffer
}

const configuration = (folder: string): string => `
[tsa]
default_tsa = one
[one]
dir = ${folder}
serial = $dir/serial
crypto_device = builtin
signer_cert = $dir/tsa.pem
certs = $dir/ca.pem
signer_key = $dir/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
clock_precision_digits = 3
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[use]
extendedKeyUsage = critical,timeStamping
keyUsage = critical,digitalSignature
basicConstraints = CA:FALSE
[req]
distinguished_name = dn
[dn]
`

/** @param folder an empty folder @param key what the authority signs with @param days that its certificate is valid; -1: it ended yesterday */
export function openAuthority(folder: string, key: 'ec' | 'rsa' = 'ec', days = 30): Authority {
  const at = (name: string): string => join(folder, name)
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { stdio: 'pipe' })
  writeFileSync(at('ts.conf'), configuration(folder))
  writeFileSync(at('serial'), '01')
  const newKey = key === 'ec' ? ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'] : ['-newkey', 'rsa:2048']
  const [ca, request] = [at('ca.pem'), at('tsa.csr')]
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-nodes',
    '-keyout',
    at('ca.key'),
    '-out',
    ca,
    '-days',
    '30',
    '-subj',
    '/CN=Test CA',
  )
  openssl(
    'req',
    '-new',
    ...newKey,
    '-nodes',
    '-keyout',
    at('tsa.key'),
    '-out',
    request,
    '-subj',
    '/CN=Test TSA',
    '-config',
    at('ts.conf'),
  )
  const signed = ['-CA', ca, '-CAkey', at('ca.key'), '-CAcreateserial', '-days', String(days)]
  openssl(
    'x509',
    '-req',
    '-in',
    request,
    ...signed,
    '-extfile',
    at('ts.conf'),
    '-extensions',
    'use',
    '-out',
    at('tsa.pem'),
  )
  return {
    caFile: ca,
    ca: readFileSync(ca, 'utf8'),
    reply(query) {
      writeFileSync(at('query.tsq'), query)
      const words = ['ts', '-reply', '-config', at('ts.conf'), '-queryfile', at('query.tsq'), '-out', at('reply.tsr')]
      execFileSync('openssl', words, { stdio: 'pipe' })
      return readFileSync(at('reply.tsr'))
    },
  }
}
