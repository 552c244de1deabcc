import { badField, say } from '../shared/problem.ts'
import { type Post, posts as allPosts } from './actor.ts'

/** Until when posts are given, ISO 8601; a post that is not named is given without an end. */
export type PostEnds = { readonly [post in Post]?: string | undefined }

/** The posts of somebody that hold at this moment: looked at with each request, so an end needs no job to come true. */
export const heldPosts = (posts: readonly string[], ends: PostEnds, now: Date): Post[] =>
  allPosts.filter(
    (post) => posts.includes(post) && !(ends[post] !== undefined && Date.parse(ends[post]) <= now.getTime()),
  )

/** When the last of these posts ends; null when one of them has no end. */
export function lastEnd(posts: readonly string[], ends: PostEnds, wanted: readonly Post[]): Date | null {
  const moments = wanted.filter((post) => posts.includes(post)).map((post) => ends[post])
  if (moments.includes(undefined)) return null
  return new Date(Math.max(0, ...moments.map((moment) => Date.parse(moment ?? ''))))
}

/**
 * The ends that go with these posts. @throws Problem malformed for an end that is past, or of a post that is not given
 */
export function checkedEnds(posts: readonly Post[], ends: PostEnds, now: Date): PostEnds {
  for (const post of allPosts) {
    const end = ends[post]
    if (end === undefined) continue
    if (!posts.includes(post) || Date.parse(end) <= now.getTime())
      throw badField(
        `body.ends.${post}`,
        say('仅可为所授岗位填写将来的时间', 'a moment to come, of a post that is given'),
        say('改为将来的时间，或去掉', 'choose a later moment, or leave it out'),
      )
  }
  return Object.fromEntries(
    allPosts.flatMap((post) => (ends[post] ? [[post, new Date(ends[post]).toISOString()]] : [])),
  )
}

/** Posts that hold longer than before: new ones, and those whose end moved away. */
export const longerHeld = (
  before: { readonly posts: readonly string[]; readonly ends: PostEnds },
  after: { readonly posts: readonly Post[]; readonly ends: PostEnds },
  now: Date,
): Post[] => {
  const held = heldPosts(before.posts, before.ends, now)
  return after.posts.filter((post) => {
    const [was, is] = [before.ends[post], after.ends[post]]
    if (!held.includes(post)) return true
    return was !== undefined && (is === undefined || Date.parse(is) > Date.parse(was))
  })
}
