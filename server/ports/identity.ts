import { createHmac } from 'node:crypto'

/**
 * Checks that a tester is who they say (GBT43741-5.1-11). The first implementation leaves the verdict to a person of
 * the organizer; an outside service would answer by itself. Both see the same request.
 */
export type IdentityService = {
  readonly name: string
  /** `manual`: a person decides later. */
  check(request: {
    readonly realName: string
    readonly documentKind: string
    readonly documentNumber: string
  }): Promise<'manual' | 'verified' | 'refused'>
}

export const manualIdentityCheck: IdentityService = { name: 'manual', check: async () => 'manual' }

/** Keyed digest of a document: the same document on a second account is found without keeping its number readable. */
export const identityDigest = (key: Uint8Array, documentKind: string, documentNumber: string): string =>
  createHmac('sha256', key)
    .update(`${documentKind}:${documentNumber.toUpperCase().replace(/[\s-]/g, '')}`)
    .digest('hex')
