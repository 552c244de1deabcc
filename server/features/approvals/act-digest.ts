import { canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import { administratorPosts, isAdministrator, posts as allPosts } from '@zhongheng/domain/access/actor.ts'
import type { TwoPersonAct } from '@zhongheng/domain/access/describe-act.ts'
import { type DataKeys, openText, seal } from '../../sealing/seal.ts'
import { type Work, sha256 } from '../../work/work.ts'

/**
 * The bytes that are approved: the act with who does it. Another body, another object or another asker is another text.
 * Fields that are not there are left out, so that a call reads the same as its request.
 */
export function canonicalAct(asker: { personId: string; orgId: string }, act: TwoPersonAct): string {
  const plain = JSON.parse(JSON.stringify(act)) as Record<string, never>
  const posts = 'posts' in act ? { posts: [...act.posts].sort() } : {}
  return canonicalJson({ v: 1, by: asker.personId, house: asker.orgId, act: { ...plain, ...posts } })
}

/** Hex SHA-256 of the canonical act. */
export const digestOf = (canonical: string): string => sha256(canonical)

/** The house's key: acts outlive engagements, and some concern none. */
const key = (work: Work): DataKeys => work.deps.keys.house('approvals')

type Words = { readonly canonical: string; readonly purpose: string }
const wordsAt = (row: string) => ({ table: 'approvals', column: 'sealed_words', row })
export const sealWords = (work: Work, row: string, words: Words): Buffer =>
  seal(key(work), wordsAt(row), JSON.stringify(words))
export const openWords = (work: Work, row: string, sealed: Uint8Array): Words =>
  JSON.parse(openText(key(work), wordsAt(row), sealed)) as Words

const reasonAt = (row: string) => ({ table: 'approvals', column: 'sealed_reason', row })
export const sealReason = (work: Work, row: string, reason: string): Buffer => seal(key(work), reasonAt(row), reason)
export const openReason = (work: Work, row: string, sealed: Uint8Array): string =>
  openText(key(work), reasonAt(row), sealed)

/** The act as it is shown. A request of the time before there were three administrators names them as `admin`. */
export function actOf(canonical: string): TwoPersonAct {
  const { act } = JSON.parse(canonical) as { act: TwoPersonAct }
  // One of the time before there was a rule on disposals does not speak of it.
  if (act.kind === 'two_person_rules') return { ...act, disposals: (act.disposals as boolean | undefined) ?? false }
  if (!('posts' in act)) return act
  const ends: { [post: string]: string } | undefined = 'ends' in act ? { ...act.ends } : undefined
  if (ends?.['admin'] !== undefined) {
    for (const post of administratorPosts) ends[post] = ends['admin']
    delete ends['admin']
  }
  const named = act.posts as readonly string[]
  const posts = named.includes('admin')
    ? allPosts.filter((post) => named.includes(post) || isAdministrator(post))
    : act.posts
  return { ...act, posts, ...(ends === undefined ? {} : { ends }) } as TwoPersonAct
}
