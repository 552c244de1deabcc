/** The four roles of the service (GBT43741-4.1-01). An organisation has one kind; per engagement it has one role. */
export const roles = ['demand', 'organizer', 'tester', 'auditor'] as const
export type Role = (typeof roles)[number]

/**
 * What a member may do inside their own organisation. `admin` invites and removes members, `signatory` binds the
 * organisation (permits, agreements, reports), `member` does the daily work. A person may hold several posts.
 */
export const posts = ['admin', 'signatory', 'member'] as const
export type Post = (typeof posts)[number]

/** A signed-in person, as every rule sees them. */
export type Actor = {
  readonly personId: string
  readonly orgId: string
  readonly orgKind: Role
  readonly posts: readonly Post[]
  readonly name: string
}
