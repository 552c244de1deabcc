import type { ProofName } from './proofs.ts'

/** What we can say of one requirement of ASVS 5.0.0. `subject` is what it is about, in our own words. */
export type Row = { readonly id: string; readonly subject: string } & (
  | { readonly status: 'shown'; readonly proofs: readonly ProofName[] }
  | { readonly status: 'partly'; readonly proofs: readonly ProofName[]; readonly why: string }
  | { readonly status: 'open' | 'not applicable'; readonly why: string }
)

/** Tests show it. */
export const shown = (id: string, subject: string, ...proofs: readonly ProofName[]): Row => ({
  id,
  subject,
  status: 'shown',
  proofs,
})
/** Tests show a part of it; `why` says what is missing. */
export const partly = (id: string, subject: string, why: string, ...proofs: readonly ProofName[]): Row => ({
  id,
  subject,
  status: 'partly',
  proofs,
  why,
})
/** It is not so, or nothing shows that it is. */
export const open = (id: string, subject: string, why: string): Row => ({ id, subject, status: 'open', why })
/** There is nothing here that it could be about. */
export const none = (id: string, subject: string, why: string): Row => ({ id, subject, status: 'not applicable', why })
