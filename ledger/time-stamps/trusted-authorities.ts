import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { rootCertificates } from 'node:tls'
import { certificatesIn } from '../verify/time-stamp-signature.ts'

let publicOnes: readonly X509Certificate[] | undefined

/**
 * The authorities whose time stamps count: those of the file, or the public ones that come with Node. The file is read
 * each time, so that a renewed certificate needs no restart.
 * @throws Error for a file that cannot be read or holds no certificate
 */
export function trustedAuthorities(caFile: string | undefined): readonly X509Certificate[] {
  if (caFile === undefined) return (publicOnes ??= rootCertificates.map((pem) => new X509Certificate(pem)))
  let pem: string
  try {
    pem = readFileSync(caFile, 'utf8')
  } catch (error) {
    throw new Error(`${caFile} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
  const found = certificatesIn(pem)
  if (found.length === 0) throw new Error(`${caFile} holds no certificate in PEM`)
  return found
}
