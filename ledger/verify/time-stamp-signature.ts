import { createHash, verify as verifySignature, X509Certificate } from 'node:crypto'
import type { Bilingual } from './bilingual.ts'
import { sameBytes } from './bytes.ts'
import { derTags, inside, oidOf } from './der.ts'
import { digestOids, type TimeStamp } from './time-stamp.ts'

/**
 * Who signed a time stamp. `good`: the signature holds, its certificate is for time-stamping only and leads, at the time
 * of the stamp, to one of the authorities. `not_checked`: an algorithm that Node's OpenSSL has no plain call for.
 */
export type StampSignature =
  | { readonly is: 'good'; readonly authority: string }
  | { readonly is: 'wrong'; readonly why: Bilingual }
  | { readonly is: 'not_checked'; readonly why: Bilingual }

const attributes = {
  messageDigest: '1.2.840.113549.1.9.4',
  certificate: '1.2.840.113549.1.9.16.2.12',
  certificateV2: '1.2.840.113549.1.9.16.2.47',
}
const timeStamping = '1.3.6.1.5.5.7.3.8'
/** Extended key usage, marked critical (RFC 3161 section 2.3): identifier 2.5.29.37 and TRUE. */
const criticalUse = Buffer.from('0603551d250101ff', 'hex')
/** Which digest a signature algorithm names by itself; undefined where the digest algorithm says it. */
const signatureDigests: { readonly [oid: string]: string | undefined } = {
  '1.2.840.113549.1.1.1': undefined,
  '1.2.840.10045.2.1': undefined,
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
}
const longestChain = 8

/** The certificates of a PEM text, e.g. a file of authorities; none where there is none. Unreadable ones are left out. */
export function certificatesIn(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.flatMap((block) => certificateOf(block))
}

/** @param authorities trusted from elsewhere. @param others certificates that may help to reach one */
export function checkSignature(
  stamp: TimeStamp,
  authorities: readonly X509Certificate[],
  others: readonly X509Certificate[] = [],
): StampSignature {
  const wrong = (zh: string, en: string): StampSignature => ({ is: 'wrong', why: { zh, en } })
  const { signer, at } = stamp
  const digest = digestOids[signer.digestAlgorithm]
  const own = Object.hasOwn(signatureDigests, signer.signatureAlgorithm)
  if (digest === undefined || !own) {
    const algorithm = digest === undefined ? signer.digestAlgorithm : signer.signatureAlgorithm
    return { is: 'not_checked', why: { zh: `算法 ${algorithm}`, en: `algorithm ${algorithm}` } }
  }
  const known = [...stamp.certificates.flatMap((der) => certificateOf(Buffer.from(der))), ...others, ...authorities]
  const certificate = known.find((one) => isNamed(stamp, one))
  if (certificate === undefined) return wrong('未附所指的证书', 'the certificate that it names is not there')
  const said = signer.attribute(attributes.messageDigest)
  if (said?.tag !== derTags.octets || !sameBytes(said.body, hashOf(digest, stamp.content)))
    return wrong('所签摘要与内容不符', 'its signed digest is not that of its content')
  const named = signatureDigests[signer.signatureAlgorithm] ?? digest
  if (!holds(named, signer.attributes, certificate, signer.signature))
    return wrong('签名不成立', 'the signature does not hold')
  const uses = certificate.keyUsage as readonly string[] | undefined
  if (uses?.length !== 1 || uses[0] !== timeStamping || !certificate.raw.includes(criticalUse))
    return wrong('证书用途不是仅限时间戳', 'its certificate is not for time-stamping alone')
  if (!isValidAt(certificate, at))
    return wrong('证书在盖章时不在有效期内', 'its certificate was not valid at that time: expired, or not yet begun')
  return leadsTo(certificate, known, authorities, at)
    ? { is: 'good', authority: certificate.subject.replaceAll('\n', ', ') }
    : wrong('证书不能引至受信任的机构', 'its certificate did not lead to one of the authorities at that time')
}

/** Does the stamp name this certificate, by its digest in the signed attributes (RFC 2634, RFC 5035)? */
function isNamed(stamp: TimeStamp, certificate: X509Certificate): boolean {
  const first = (oid: string) => {
    const value = stamp.signer.attribute(oid)
    const list = inside(inside(value, derTags.sequence)?.[0], derTags.sequence)
    return inside(list?.[0], derTags.sequence)
  }
  const v2 = first(attributes.certificateV2)
  if (v2 !== undefined) {
    const [head] = v2
    // SHA-256 is the default and then not written.
    const digest =
      head?.tag === derTags.sequence ? digestOids[oidOf(inside(head, derTags.sequence)?.[0]) ?? ''] : 'sha256'
    const hash = v2.find((element) => element.tag === derTags.octets)
    return digest !== undefined && hash !== undefined && sameBytes(hash.body, hashOf(digest, certificate.raw))
  }
  const [hash] = first(attributes.certificate) ?? []
  return hash?.tag === derTags.octets && sameBytes(hash.body, hashOf('sha1', certificate.raw))
}

function leadsTo(
  certificate: X509Certificate,
  known: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  at: Date,
): boolean {
  let current = certificate
  for (let length = 0; length < longestChain; length++) {
    if (!isValidAt(current, at)) return false
    const isAuthority = authorities.some((one) => one.raw.equals(current.raw))
    if (isAuthority) return true
    const issuer = [...authorities, ...known].find(
      (one) => one.ca && !one.raw.equals(current.raw) && current.checkIssued(one) && isSignedBy(current, one),
    )
    if (issuer === undefined) return false
    current = issuer
  }
  return false
}

const isValidAt = (certificate: X509Certificate, at: Date): boolean =>
  at >= new Date(certificate.validFrom) && at <= new Date(certificate.validTo)

const isSignedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean => {
  try {
    return certificate.verify(issuer.publicKey)
  } catch {
    return false
  }
}

function holds(digest: string, signed: Uint8Array, certificate: X509Certificate, signature: Uint8Array): boolean {
  try {
    return verifySignature(digest, signed, certificate.publicKey, signature)
  } catch {
    return false
  }
}

const hashOf = (algorithm: string, bytes: Uint8Array): Uint8Array => createHash(algorithm).update(bytes).digest()

function certificateOf(source: string | Buffer): X509Certificate[] {
  try {
    return [new X509Certificate(source)]
  } catch {
    return []
  }
}
