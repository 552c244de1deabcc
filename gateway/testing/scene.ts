import 'reflect-metadata'
import { createHash, generateKeyPairSync, type KeyObject, sign, webcrypto } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, isIP, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls, createServer as createTlsServer, type TLSSocket } from 'node:tls'
import * as x509 from '@peculiar/x509'
import { canonicalJson, type Json } from '@zhongheng/contracts/records/canonical-json.ts'
import type { PolicyPush } from '@zhongheng/contracts/records/policy.ts'
import type { EngagementPolicy, LeasePolicy, Policy } from '@zhongheng/domain/authorizations/policy.ts'
import { compileScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import type { ScopeRow } from '@zhongheng/domain/authorizations/scope/rows.ts'
import { PolicyKeeper } from '../policy/policy-keeper.ts'
import type { Time } from '../policy/time.ts'
import { type Gateway, startGateway } from '../proxy/gateway.ts'
import type { Patience } from '../proxy/parts.ts'
import type { Resolve } from '../proxy/upstream.ts'
import type { Recorder } from '../taps/tap.ts'
import { MemoryRecorder } from './memory-recorder.ts'

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

export type Authority = { readonly certificate: string; readonly key: string }

/** An engagement's CA, EC P-256. */
export async function makeAuthority(name = 'Zhongheng test CA'): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      name: `CN=${name}`,
      keys: keys as CryptoKeyPair,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.now() - 86_400_000),
      notAfter: new Date(Date.now() + 30 * 86_400_000),
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey as CryptoKey),
      ],
    },
    webcrypto as Crypto,
  )
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return { certificate: certificate.toString('pem'), key: pemOf(der) }
}

/** A certificate signed by an authority, for server names or addresses, or for a client; PEM with its chain. */
export async function makeLeaf(authority: Authority, names: readonly string[]): Promise<Authority> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const signer = Buffer.from(authority.key.replace(/-----[^-]+-----|\s/g, ''), 'base64')
  const issuer = new x509.X509Certificate(authority.certificate)
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: `CN=${names[0]}`,
      issuer: issuer.subject,
      notBefore: new Date(Date.now() - 86_400_000),
      notAfter: new Date(Date.now() + 30 * 86_400_000),
      signingAlgorithm: algorithm,
      publicKey: keys.publicKey as CryptoKey,
      signingKey: (await webcrypto.subtle.importKey('pkcs8', signer, algorithm, false, ['sign'])) as CryptoKey,
      extensions: [
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value })),
        ),
      ],
    },
    webcrypto as Crypto,
  )
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey))
  return { certificate: `${certificate.toString('pem')}\n${authority.certificate}`, key: pemOf(der) }
}

const pemOf = (der: Buffer): string =>
  `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END PRIVATE KEY-----\n`

const rowsOf = (inside: readonly string[], outside: readonly string[]): ScopeRow[] => [
  ...inside.map((asset, at) => ({ rowId: `in-${at}`, effect: 'in' as const, asset, type: '', note: '' })),
  ...outside.map((asset, at) => ({ rowId: `out-${at}`, effect: 'out' as const, asset, type: '', note: '' })),
]
export const scopeOf = (inside: readonly string[], outside: readonly string[] = []) =>
  compileScope(rowsOf(inside, outside), { versionId: 'scv_test' }).scope

/** Clocks of the machine, with a wall that a test may set wrong. */
export function testTime(): Time & { wallOffset: number } {
  return {
    wallOffset: 0,
    now() {
      return new Date(Date.now() + this.wallOffset)
    },
    monotonic: () => performance.now(),
  }
}

export type SceneOptions = {
  readonly inside?: readonly string[]
  readonly outside?: readonly string[]
  readonly pins?: { readonly [host: string]: string }
  readonly limits?: LeasePolicy['limits']
  readonly recorder?: Recorder
  readonly patience?: Partial<Patience>
  readonly dns?: { readonly [host: string]: readonly string[] }
  readonly platformAddresses?: readonly string[]
  readonly resolve?: Resolve
  readonly targetAuthorities?: readonly string[]
}

/** A gateway with a signed policy for Ms Li (proxy name `li`, secret `li-secret`), and a recorder in memory. */
export class Scene {
  readonly memory = new MemoryRecorder()
  readonly time = testTime()
  readonly folder = mkdtempSync(join(tmpdir(), 'zh-gateway-'))
  readonly keyFile = join(this.folder, 'policy.pub')
  readonly secret = 'li-secret'
  gateway!: Gateway
  keeper!: PolicyKeeper
  authority!: Authority
  /** The installation's CA and the certificate that the gateway shows for itself. */
  installation!: Authority
  own!: Authority
  policyKey!: KeyObject
  policy!: Policy
  readonly faults: unknown[] = []
  readonly #closers: (() => void)[] = []

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const scene = new Scene()
    const keys = generateKeyPairSync('ed25519')
    writeFileSync(scene.keyFile, keys.publicKey.export({ format: 'pem', type: 'spki' }))
    scene.policyKey = keys.privateKey
    scene.authority = await makeAuthority()
    scene.installation = await makeAuthority('Zhongheng installation CA')
    scene.own = await makeLeaf(scene.installation, ['heng.gateway', '127.0.0.1'])
    scene.keeper = new PolicyKeeper(scene.time, scene.keyFile)
    scene.gateway = await startGateway({
      host: '127.0.0.1',
      port: 0,
      keeper: scene.keeper,
      recorder: options.recorder ?? scene.memory,
      time: scene.time,
      resolve: options.resolve ?? (async (host) => options.dns?.[host] ?? Promise.reject(new Error('no such name'))),
      ...(options.targetAuthorities === undefined ? {} : { targetAuthorities: options.targetAuthorities }),
      ...(options.patience === undefined ? {} : { patience: options.patience }),
      onFault: (error) => scene.faults.push(error),
    })
    scene.policy = scene.#firstPolicy(options)
    scene.push({})
    return scene
  }

  #firstPolicy(options: SceneOptions): Policy {
    const lease: LeasePolicy = {
      leaseId: 'lea_li',
      testerId: 'per_li',
      proxyName: 'li',
      salt: 'salt',
      secretDigest: createHash('sha256').update(`salt:${this.secret}`).digest('hex'),
      state: 'active',
      opensAt: this.at(-3600),
      closesAt: this.at(3600),
      limits: options.limits ?? { requestsPerSecond: 100_000, concurrency: 1000 },
    }
    const engagement: EngagementPolicy = {
      engagementId: 'eng_shop',
      title: '网上商店众测',
      state: 'testing',
      opensAt: this.at(-3600),
      closesAt: this.at(3600),
      scope: scopeOf(options.inside ?? ['shop.example:*'], options.outside),
      pins: options.pins ?? { 'shop.example': '127.0.0.1' },
      caCertificate: this.authority.certificate,
      leases: [lease],
    }
    return {
      format: 'zhongheng-policy/1',
      sequence: 0,
      issuedAt: this.at(0),
      expiresAt: this.at(600),
      platformAddresses: options.platformAddresses ?? [`127.0.0.1:${this.gateway.port}`],
      gatewayAuthority: this.installation.certificate,
      engagements: [engagement],
    }
  }

  /** A time so many seconds from now. */
  at(seconds: number): string {
    return new Date(this.time.now().getTime() + seconds * 1000).toISOString()
  }

  /** Client certificates that go with every push. */
  clientCertificates: PolicyPush['clientCertificates'] = {}

  signed(policy: Policy, caKeys = { eng_shop: this.authority.key } as PolicyPush['caKeys']): PolicyPush {
    const payload = canonicalJson(policy as unknown as Json)
    return {
      signed: { payload, signature: sign(null, Buffer.from(payload), this.policyKey).toString('base64') },
      caKeys,
      ownTls: this.own,
      clientCertificates: this.clientCertificates,
    }
  }

  /** Puts the next snapshot into force, with changes to the engagement, the lease or the policy itself. */
  push(change: {
    policy?: Partial<Policy>
    engagement?: Partial<EngagementPolicy>
    lease?: Partial<LeasePolicy>
  }): void {
    const engagement = this.policy.engagements[0] as EngagementPolicy
    const lease = engagement.leases[0] as LeasePolicy
    this.policy = {
      ...this.policy,
      issuedAt: this.at(0),
      sequence: this.policy.sequence + 1,
      engagements: [{ ...engagement, leases: [{ ...lease, ...change.lease }], ...change.engagement }],
      ...change.policy,
    }
    this.keeper.accept(this.signed(this.policy))
  }

  get basic(): string {
    return Buffer.from(`li:${this.secret}`).toString('base64')
  }

  /** A raw HTTP target on loopback. */
  async target(
    serve: (socket: Socket, received: () => string) => void,
    tls?: Authority,
  ): Promise<{ port: number; received(): string; connections(): number }> {
    const chunks: Buffer[] = []
    let connections = 0
    const received = (): string => Buffer.concat(chunks).toString('latin1')
    const onSocket = (socket: Socket): void => {
      connections++
      socket.on('error', () => socket.destroy())
      socket.on('data', (chunk: Buffer) => chunks.push(chunk))
      this.#closers.push(() => socket.destroy())
      serve(socket, received)
    }
    const server: Server =
      tls === undefined
        ? createServer({ noDelay: true }, onSocket)
        : createTlsServer({ cert: tls.certificate, key: tls.key, ALPNProtocols: ['http/1.1'] }, onSocket)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.#closers.push(() => server.close())
    return { port: (server.address() as { port: number }).port, received, connections: () => connections }
  }

  /** A connection to the gateway. */
  client(): Client {
    const socket = connect({ host: '127.0.0.1', port: this.gateway.port, allowHalfOpen: true, noDelay: true })
    this.#closers.push(() => socket.destroy())
    return new Client(socket)
  }

  /** CONNECT, then TLS trusting the engagement's CA only. */
  async tlsClient(host: string, port: number, servername: string | null = host): Promise<Client & { tls: TLSSocket }> {
    const outer = this.client()
    outer.send(
      `CONNECT ${host}:${port} HTTP/1.1\r\nHost: ${host}:${port}\r\nProxy-Authorization: Basic ${this.basic}\r\n\r\n`,
    )
    await outer.until((text) => text.includes('\r\n\r\n'))
    if (!outer.text.startsWith('HTTP/1.1 200')) throw new Error(outer.text)
    outer.socket.removeAllListeners('data')
    const tls = connectTls({
      socket: outer.socket,
      ca: this.authority.certificate,
      host,
      ...(servername === null ? {} : { servername }),
      checkServerIdentity: () => undefined,
    })
    await new Promise<void>((resolve, reject) => {
      tls.once('secureConnect', resolve)
      tls.once('error', reject)
    })
    return Object.assign(new Client(tls), { tls })
  }

  /** Ends something of a test when the scene closes. */
  onClose(end: () => void): void {
    this.#closers.push(end)
  }

  async close(): Promise<void> {
    await this.gateway.close(0)
    for (const close of this.#closers) close()
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** A client that sends what it is told and keeps what it gets. */
export class Client {
  readonly socket: Socket
  readonly chunks: Buffer[] = []
  closed = false
  ended = false
  #wake: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk)
      this.#awake()
    })
    socket.on('end', () => {
      this.ended = true
      this.#awake()
    })
    socket.on('close', () => {
      this.closed = true
      this.ended = true
      this.#awake()
    })
    socket.on('error', () => undefined)
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString('latin1')
  }

  send(text: string | Buffer): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  }

  /** Waits until what came satisfies the test, or the connection ends. */
  async until(test: (text: string) => boolean): Promise<string> {
    while (!test(this.text) && !this.ended) {
      await new Promise<void>((resolve) => {
        this.#wake.push(resolve)
      })
    }
    return this.text
  }

  /** Everything until the gateway ends the connection. */
  end(): Promise<string> {
    return this.until(() => false)
  }

  #awake(): void {
    const wake = this.#wake
    this.#wake = []
    for (const one of wake) one()
  }
}

/** Serves every request with the same answer, once per request head ended by an empty line. */
export function always(answer: string): (socket: Socket) => void {
  return (socket) => {
    let seen = ''
    socket.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1')
      for (let end = seen.indexOf('\r\n\r\n'); end >= 0; end = seen.indexOf('\r\n\r\n')) {
        seen = seen.slice(end + 4)
        socket.write(Buffer.from(answer, 'latin1'))
      }
    })
  }
}

export const okAnswer = 'HTTP/1.1 200 OK\r\ncontent-LENGTH:  2\r\nX-A:1\r\n\r\nok'
