import { Problem, type Text, say } from '../shared/problem.ts'
import { type AdministratorPost, type Post, administratorPosts } from './actor.ts'
import { postsIn } from './describe-act.ts'
import type { PostEnds } from './held-posts.ts'

/*
 * Separation of the three administrators (GBT43741-PS-04): who can change a right never looks after the record of it. An
 * organisation switches it on; small ones, where one person is all three, leave it off.
 */

/** Somebody with their posts, as the rule sees them. A post with an end behind it counts until it is taken away. */
export type Holder = { readonly name: string; readonly posts: readonly string[]; readonly ends: PostEnds }

/** Which of the three these posts hold. */
export const administering = (posts: readonly string[]): AdministratorPost[] =>
  administratorPosts.filter((post) => posts.includes(post))

/** @throws Problem wrong_state SEP-1 for posts that hold two of the three */
export function checkOneOfThree(posts: readonly Post[]): void {
  const held = administering(posts)
  if (held.length < 2) return
  const words = postsIn(held)
  throw new Problem(
    'wrong_state',
    say(
      `本单位已启用三员分立，一人不能同时担任${words.zh}`,
      `this organisation keeps its three administrators apart: nobody is ${words.en} at once`,
    ),
    {
      rule: 'SEP-1',
      fields: [
        {
          field: 'body.posts',
          limit: say('三类管理员中至多一类', 'one of the three administrators at most'),
          fix: say('只保留其中一类', 'keep one of them'),
        },
      ],
    },
  )
}

/**
 * Posts come from somebody else.
 * @param given posts that would hold longer than before
 * @throws Problem forbidden SEP-2 for giving them to oneself
 */
export function checkNotToOneself(giver: string, taker: string, given: readonly Post[]): void {
  if (giver === taker && given.length > 0)
    throw new Problem(
      'forbidden',
      say(
        '本单位已启用三员分立，不能给自己授予岗位',
        'this organisation separates its administrators: nobody gives posts to themselves',
      ),
      { rule: 'SEP-2' },
    )
}

/** Administrators without whom a house stands still: all three where they are separate, else who gives posts. */
export const keptPosts = (separated: boolean): readonly AdministratorPost[] =>
  separated ? administratorPosts : ['security_admin']

/** Which of these posts none of them holds without an end. */
export const unheld = (holders: readonly Omit<Holder, 'name'>[], wanted: readonly AdministratorPost[]) =>
  wanted.filter((post) => !holders.some(({ posts, ends }) => posts.includes(post) && ends[post] === undefined))

/** A member with their state. */
export type Standing = Omit<Holder, 'name'> & { readonly state: string }

/** Posts that a house must not lose and that this change takes from somebody: none, when it takes none of them. */
export const takenAway = (before: Standing, after: Standing, separated: boolean): AdministratorPost[] => {
  const lasting = (one: Standing) => (one.state === 'active' ? [one] : [])
  const gone = unheld(lasting(after), keptPosts(separated))
  return gone.filter((post) => unheld(lasting(before), [post]).length === 0)
}

/**
 * Somebody else still holds what is taken away.
 * @param others the other active members
 * @throws Problem wrong_state MEMBER-1
 */
export function checkKept(others: readonly Omit<Holder, 'name'>[], taken: readonly AdministratorPost[]): void {
  const missing = unheld(others, taken)
  if (missing.length === 0) return
  const words = postsIn(missing)
  throw new Problem(
    'wrong_state',
    say(`单位至少保留一名长期的${words.zh}`, `an organisation keeps at least one ${words.en} without an end`),
    { rule: 'MEMBER-1' },
  )
}

const named = (holders: readonly Holder[]): Text => {
  const each = holders.map(({ name, posts }) => ({ name, words: postsIn(administering(posts)) }))
  return say(
    each.map(({ name, words }) => `${name}（${words.zh}）`).join('、'),
    each.map(({ name, words }) => `${name} (${words.en})`).join('; '),
  )
}

/**
 * Whether the three can be separated now.
 * @param members who is not removed; @param invited open invitations
 * @throws Problem wrong_state SEP-3 with the names of those who hold or would hold two, SEP-4 where one of the three is held by nobody
 */
export function checkMaySeparate(members: readonly Holder[], invited: readonly Holder[]): void {
  const both = [...members, ...invited].filter(({ posts }) => administering(posts).length > 1)
  if (both.length > 0) {
    const words = named(both)
    throw new Problem(
      'wrong_state',
      say(
        `以下人员身兼两类以上管理员，须先调整：${words.zh}`,
        `they hold more than one of the three, change that first: ${words.en}`,
      ),
      { rule: 'SEP-3' },
    )
  }
  const missing = unheld(members, administratorPosts)
  if (missing.length === 0) return
  const words = postsIn(missing)
  throw new Problem(
    'wrong_state',
    say(`须先有人长期担任：${words.zh}`, `somebody must hold this without an end first: ${words.en}`),
    { rule: 'SEP-4' },
  )
}
