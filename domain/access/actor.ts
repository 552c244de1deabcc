/** The four roles of the service (GBT43741-4.1-01). An organisation has one kind; per engagement it has one role. */
export const roles = ['demand', 'organizer', 'tester', 'auditor'] as const
export type Role = (typeof roles)[number]

/**
 * What a member may do inside their own organisation. The three administrators (GBT43741-PS-04): `system_admin` runs the
 * machinery, `security_admin` says who may do what, `audit_admin` looks at what both did and changes nothing. `signatory`
 * binds the organisation (permits, agreements, reports), `member` does the daily work. A person may hold several posts;
 * `separation.ts` says when not.
 */
export const posts = ['system_admin', 'security_admin', 'audit_admin', 'signatory', 'member'] as const
export type Post = (typeof posts)[number]
export const administratorPosts = ['system_admin', 'security_admin', 'audit_admin'] as const satisfies readonly Post[]
export const isAdministrator = (post: Post): post is AdministratorPost => administratorPosts.some((one) => one === post)
export type AdministratorPost = (typeof administratorPosts)[number]

/** A signed-in person, as every rule sees them. */
export type Actor = {
  readonly personId: string
  readonly orgId: string
  readonly orgKind: Role
  readonly posts: readonly Post[]
  readonly name: string
}
