import 'reflect-metadata'
import { createHash, createPrivateKey, type KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import { createSecureContext, type SecureContext } from 'node:tls'
import * as x509 from '@peculiar/x509'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const
const day = 86_400_000

type Authority = { readonly certificate: x509.X509Certificate; readonly pem: string; readonly key: webcrypto.CryptoKey }
type Minted = { readonly context: SecureContext; readonly renewAt: number }

/**
 * Makes the certificates that testers see, one for each host name, signed by the engagement's own CA (EC P-256). One key
 * serves the whole process; finished contexts are kept, the least recently used give way.
 */
export class LeafMint {
  readonly #limit: number
  readonly #made = new Map<string, Minted>()
  readonly #pending = new Map<string, Promise<SecureContext>>()
  readonly #authorities = new Map<string, Promise<Authority>>()
  #keys: Promise<{ pair: webcrypto.CryptoKeyPair; pem: string }> | null = null

  /** @param limit most contexts kept */
  constructor(limit = 2000) {
    this.#limit = limit
  }

  /**
   * A TLS context for `host` (name or address without brackets), under the CA given as PEM.
   * @param now wall time, ms. Rejects when the CA cannot be read.
   */
  async contextFor(caCertificate: string, caKey: string, host: string, now: number): Promise<SecureContext> {
    const authorityId = createHash('sha256').update(caCertificate).digest('base64')
    const id = `${authorityId} ${host}`
    const known = this.#made.get(id)
    if (known !== undefined && now < known.renewAt) {
      this.#made.delete(id)
      this.#made.set(id, known)
      return known.context
    }
    let pending = this.#pending.get(id)
    if (pending === undefined) {
      pending = this.#mint(id, authorityId, caCertificate, caKey, host, now).finally(() => this.#pending.delete(id))
      this.#pending.set(id, pending)
    }
    return pending
  }

  async #mint(
    id: string,
    authorityId: string,
    certificate: string,
    key: string,
    host: string,
    now: number,
  ): Promise<SecureContext> {
    const authority = await this.#authority(authorityId, certificate, key)
    const { pair, pem } = await this.#leafKey()
    const notBefore = new Date(now - day)
    const notAfter = new Date(Math.min(now + 90 * day, authority.certificate.notAfter.getTime()))
    const name = isIP(host) === 0 ? { type: 'dns' as const, value: host } : { type: 'ip' as const, value: host }
    const leaf = await x509.X509CertificateGenerator.create(
      {
        serialNumber: Buffer.concat([Buffer.from([0x40]), webcrypto.getRandomValues(Buffer.alloc(15))]).toString('hex'),
        subject: [{ CN: [host.slice(0, 64)] }],
        issuer: authority.certificate.subject,
        notBefore,
        notAfter,
        signingAlgorithm: algorithm,
        publicKey: pair.publicKey as CryptoKey,
        signingKey: authority.key as CryptoKey,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
          new x509.SubjectAlternativeNameExtension([name]),
          await x509.AuthorityKeyIdentifierExtension.create(authority.certificate),
        ],
      },
      webcrypto as Crypto,
    )
    const context = createSecureContext({
      key: pem,
      cert: `${leaf.toString('pem')}\n${authority.pem}`,
      minVersion: 'TLSv1.2',
    })
    this.#made.set(id, { context, renewAt: Math.min(now + day, notAfter.getTime()) })
    for (const oldest of this.#made.keys()) {
      if (this.#made.size <= this.#limit) break
      this.#made.delete(oldest)
    }
    return context
  }

  #leafKey(): Promise<{ pair: webcrypto.CryptoKeyPair; pem: string }> {
    this.#keys ??= (async () => {
      const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
      const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', pair.privateKey))
      const pem = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' }).export({
        format: 'pem',
        type: 'pkcs8',
      })
      return { pair, pem: pem.toString() }
    })()
    return this.#keys
  }

  #authority(id: string, certificate: string, key: string): Promise<Authority> {
    let known = this.#authorities.get(id)
    if (known === undefined) {
      if (this.#authorities.size >= 200) this.#authorities.clear()
      known = readAuthority(certificate, createPrivateKey(key))
      known.catch(() => this.#authorities.delete(id))
      this.#authorities.set(id, known)
    }
    return known
  }
}

async function readAuthority(pem: string, key: KeyObject): Promise<Authority> {
  const der = key.export({ format: 'der', type: 'pkcs8' })
  const imported = await webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
  return { certificate: new x509.X509Certificate(pem), pem, key: imported }
}
