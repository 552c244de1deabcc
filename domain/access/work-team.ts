import { Problem, say } from '../shared/problem.ts'
import type { Post } from './actor.ts'
import type { PostEnds } from './held-posts.ts'

/*
 * Who of a house works on an engagement (GBT43741-PS-04). Everybody, until the house gives it to some: then the others know nothing of it.
 */

/** One grant of an engagement inside a house: to a group, or to one member; without an end where `endsAt` is null. */
export type Grant = { readonly groupId: string | null; readonly personId: string | null; readonly endsAt: Date | null }
/** A member with the groups that they are in. */
export type Worker = {
  readonly personId: string
  readonly groupIds: readonly string[]
  readonly posts: readonly string[]
  readonly ends: PostEnds
  readonly state: string
}

const reaches = ({ groupId, personId }: Grant, worker: Pick<Worker, 'personId' | 'groupIds'>): boolean =>
  personId === worker.personId || (groupId !== null && worker.groupIds.includes(groupId))

/**
 * Until when somebody works on an engagement that was given to these; the epoch for who is not named at all.
 * @returns null without an end: also where nothing was given to anybody, so that the whole house works on it
 */
export function worksUntil(worker: Pick<Worker, 'personId' | 'groupIds'>, grants: readonly Grant[]): Date | null {
  if (grants.length === 0) return null
  const ends = grants.filter((grant) => reaches(grant, worker)).map(({ endsAt }) => endsAt)
  if (ends.includes(null)) return null
  return new Date(Math.max(0, ...ends.map((end) => end?.getTime() ?? 0)))
}

/** Whether somebody who works on it until then works on it now; null is without an end. */
export const isOpen = (until: Date | null, now: Date): boolean => until === null || until.getTime() > now.getTime()

const working: readonly Post[] = ['signatory', 'member']

/**
 * Somebody of the house stays on the engagement: an active signatory or member, post and grant both without an end.
 * @param field of the request that says who stays
 * @throws Problem wrong_state TEAM-1
 */
export function checkSomebodyStays(grants: readonly Grant[], members: readonly Worker[], field: string): void {
  if (grants.length === 0) return
  const stays = members.some(
    (one) =>
      one.state === 'active' &&
      working.some((post) => one.posts.includes(post) && one.ends[post] === undefined) &&
      worksUntil(one, grants) === null,
  )
  if (stays) return
  throw new Problem(
    'wrong_state',
    say(
      '须至少保留一名长期参与此项目的签署人或成员',
      'at least one signatory or member must stay on the engagement without an end',
    ),
    {
      rule: 'TEAM-1',
      fields: [
        {
          field,
          limit: say('一名在职签署人或成员，无截止时间', 'one active signatory or member, without an end'),
          fix: say(
            '加入一人或一组，不设截止时间；或清空，由全体成员参与',
            'add a person or group without an end, or give it to all',
          ),
        },
      ],
    },
  )
}

/** @throws Problem malformed TEAM-3 for an end that is past */
export function checkGrantEnds(grants: readonly Grant[], now: Date): void {
  const at = grants.findIndex(({ endsAt }) => !isOpen(endsAt, now))
  if (at < 0) return
  throw new Problem('malformed', say('截止时间须在将来', 'an end is a moment to come'), {
    rule: 'TEAM-3',
    fields: [
      {
        field: `body.grants.${at}.endsAt`,
        limit: say('将来的时间', 'a moment to come'),
        fix: say('改为将来的时间，或去掉', 'choose a later moment, or leave it out'),
      },
    ],
  })
}

/** What a house has its rights given by somebody else for: see `separation.ts` and `two-persons.ts`. */
export type HouseRules = { readonly separated: boolean; readonly members: boolean }

/**
 * Where a house keeps its administrators apart, or has two persons for posts, nobody lets themselves in to an engagement, nor stays longer
 * by their own hand.
 * @param before until when the giver works on it; @param after the same under the new grants
 * @throws Problem forbidden TEAM-6
 */
export function checkNotOneself(before: Date | null, after: Date | null, rules: HouseRules): void {
  if (!rules.separated && !rules.members) return
  const longer = before !== null && (after === null || after.getTime() > before.getTime())
  if (!longer) return
  throw new Problem(
    'forbidden',
    say(
      '本单位已启用三员分立或双人授岗，不能把项目交给自己，须由他人办理',
      'this organisation separates its administrators or gives posts by two persons: nobody gives an engagement to themselves, somebody else does',
    ),
    { rule: 'TEAM-6' },
  )
}
