import 'reflect-metadata'
import { hostname } from 'node:os'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { days } from '@zhongheng/domain/shared/clock.ts'
import * as x509 from '@peculiar/x509'
import type { KeyRing } from './keys.ts'
import { openText, seal } from './seal.ts'
import { readOrMake } from './write-key-file.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const place = { table: 'keys', column: 'gateway-authority', row: 'installation' }
const lifeOfLeaf = days(90)

/** The installation's CA for the gateway's own name, and the certificate that it shows as a proxy. PEM. */
export type GatewayCertificate = { readonly authority: string; readonly certificate: string; readonly key: string }

/**
 * Testers who speak TLS to the proxy itself trust this CA. Its key never leaves the server: it is sealed in the key folder,
 * and the gateway is handed leaves of 90 days, renewed monthly.
 */
export class GatewayAuthority {
  readonly #folder: string
  readonly #keys: KeyRing
  readonly #names: readonly string[]
  #authority: Promise<{ pem: string; key: CryptoKey }> | null = null
  #leaf: { readonly value: Promise<GatewayCertificate>; readonly renewAt: number } | null = null

  /** @param names under which testers reach the gateway, host names and addresses */
  constructor(folder: string, keys: KeyRing, names: readonly string[]) {
    this.#folder = folder
    this.#keys = keys
    this.#names = [...new Set([...names, 'heng.gateway', 'localhost', '127.0.0.1', '::1', hostname()])].filter(
      (name) => isIP(name) !== 0 || /^[a-z0-9._-]{1,253}$/i.test(name),
    )
  }

  current(now: Date): Promise<GatewayCertificate> {
    if (this.#leaf === null || now.getTime() >= this.#leaf.renewAt) {
      const value = this.#issue(now)
      this.#leaf = { value, renewAt: now.getTime() + lifeOfLeaf / 3 }
      value.catch(() => {
        this.#leaf = null
      })
    }
    return this.#leaf.value
  }

  async #issue(now: Date): Promise<GatewayCertificate> {
    this.#authority ??= this.#open(now)
    const authority = await this.#authority
    const issuer = new x509.X509Certificate(authority.pem)
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const leaf = await x509.X509CertificateGenerator.create({
      serialNumber: serial(),
      subject: 'CN=heng.gateway, O=Zhongheng test gateway',
      issuer: issuer.subject,
      notBefore: new Date(now.getTime() - days(1)),
      notAfter: new Date(now.getTime() + lifeOfLeaf),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey,
      signingKey: authority.key,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          this.#names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ],
    })
    return {
      authority: authority.pem,
      certificate: `${leaf.toString('pem')}\n${authority.pem}`,
      key: await pemOf(keys.privateKey),
    }
  }

  /** Certificate and sealed key stand in one file, so that no crash leaves one without the other. */
  async #open(now: Date): Promise<{ pem: string; key: CryptoKey }> {
    const sealing = this.#keys.house('gateway-authority')
    const made = await this.#make(now)
    const kept = await readOrMake(join(this.#folder, 'gateway-authority.json'), () =>
      Buffer.from(JSON.stringify({ certificate: made.pem, key: seal(sealing, place, made.key).toString('base64') })),
    )
    const read = JSON.parse(kept.toString('utf8')) as { certificate: string; key: string }
    const pem = openText(sealing, place, Buffer.from(read.key, 'base64'))
    const der = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')
    return { pem: read.certificate, key: await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign']) }
  }

  async #make(now: Date): Promise<{ pem: string; key: string }> {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: serial(),
      name: 'CN=Zhongheng test gateway, O=Zhongheng installation',
      notBefore: new Date(now.getTime() - days(1)),
      notAfter: new Date(now.getTime() + days(3650)),
      signingAlgorithm: algorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    })
    return { pem: `${certificate.toString('pem')}\n`, key: await pemOf(keys.privateKey) }
  }
}

const serial = (): string =>
  Buffer.concat([Buffer.from([0x40]), crypto.getRandomValues(Buffer.alloc(15))]).toString('hex')

async function pemOf(key: CryptoKey): Promise<string> {
  const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', key))
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`
}
