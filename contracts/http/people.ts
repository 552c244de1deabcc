import { z } from 'zod'
import { NoticeDue } from './privacy.ts'
import {
  type HttpContract,
  Jurisdiction,
  Moment,
  PostName,
  PostNames,
  RoleName,
  Version,
  idOf,
  lineOf,
} from './shape.ts'

/** A new password; what it must be made of is said by `domain/access/password-rules.ts`. */
export const NewPassword = z.string().min(1).max(512)
export const LoginName = z
  .string()
  .trim()
  .toLowerCase()
  .min(3)
  .max(64)
  .regex(/^[a-z0-9][a-z0-9._@-]*$/)

export const Me = z
  .strictObject({
    personId: idOf('person'),
    name: z.string(),
    login: z.string(),
    orgId: idOf('organisation'),
    orgName: z.string(),
    orgKind: RoleName,
    posts: z.array(PostName),
    /** House actions this person may take, so that no page re-invents the matrix. */
    may: z.array(z.string()),
    locale: z.enum(['zh-CN', 'en']),
    demo: z.boolean(),
    /** Whether the privacy notice is to be shown: never read, or changed in what rests on consent. */
    noticeDue: NoticeDue.nullable(),
  })
  .meta({ id: 'Me' })
export type Me = z.infer<typeof Me>

/** Until when posts hold; those that are not named have no end. */
export const PostEnds = z.strictObject({
  system_admin: Moment.optional(),
  security_admin: Moment.optional(),
  audit_admin: Moment.optional(),
  signatory: Moment.optional(),
  member: Moment.optional(),
})

export const Member = z
  .strictObject({
    personId: idOf('person'),
    name: z.string(),
    login: z.string(),
    posts: z.array(PostName),
    postEnds: PostEnds,
    /** `held` after a restore from backup: cannot sign in until an administrator sets `active`. */
    state: z.enum(['active', 'removed', 'held']),
    createdAt: Moment,
    lastSeenAt: Moment.nullable(),
    /** Null: where the organisation is. */
    jurisdiction: Jurisdiction.nullable(),
    version: Version,
  })
  .meta({ id: 'Member' })
export type Member = z.infer<typeof Member>

export const Invitation = z
  .strictObject({
    invitationId: idOf('invitation'),
    name: z.string(),
    posts: z.array(PostName),
    createdAt: Moment,
    expiresAt: Moment,
    acceptedAt: Moment.nullable(),
    /** Taken back, or ended with the membership of who gave it. */
    endedAt: Moment.nullable(),
  })
  .meta({ id: 'Invitation' })

export const Organisation = z
  .strictObject({
    orgId: idOf('organisation'),
    name: z.string(),
    kind: RoleName,
    keyFingerprint: z.string(),
    /** Null: nobody said, which counts as abroad. */
    jurisdiction: Jurisdiction.nullable(),
    /** When an administrator said so; null where it is presumed from before. */
    jurisdictionStatedAt: Moment.nullable(),
    version: Version,
  })
  .meta({ id: 'Organisation' })
export type Organisation = z.infer<typeof Organisation>

/** What waits for this person: one line of the home page. */
export const Waiting = z.strictObject({
  kind: z.string(),
  text: z.strictObject({ zh: z.string(), en: z.string() }),
  engagementId: idOf('engagement').nullable(),
  engagementTitle: z.string().nullable(),
  /** Path of the page where it is done. */
  href: z.string(),
  since: Moment.nullable(),
})
export type Waiting = z.infer<typeof Waiting>

export const peopleHttp = {
  'GET /api/setup': {
    summary: 'Whether this installation still waits for its first administrator',
    reply: z.strictObject({ needed: z.boolean() }),
  },
  'POST /api/setup': {
    summary: 'Make the organizer organisation and its first administrator, once, with the token of the set-up link',
    body: z.strictObject({
      token: z.string().min(20).max(200),
      organisation: lineOf(2, 100),
      jurisdiction: Jurisdiction,
      name: lineOf(1, 60),
      login: LoginName,
      password: NewPassword,
    }),
    reply: Me,
    status: 201,
  },
  'GET /api/me': { summary: 'Who is signed in', reply: Me },
  'PATCH /api/me': {
    summary: 'Change own language',
    body: z.strictObject({ locale: z.enum(['zh-CN', 'en']) }),
    reply: Me,
  },
  'GET /api/home': { summary: 'What waits for me', reply: z.strictObject({ waiting: z.array(Waiting) }) },
  'GET /api/members': {
    summary: 'Members of my organisation',
    reply: z.strictObject({ members: z.array(Member), invitations: z.array(Invitation) }),
  },
  'PATCH /api/members/:personId': {
    stepUp: true,
    summary: 'Change a member’s posts or remove them; removal ends all their logins and leases',
    params: z.strictObject({ personId: idOf('person') }),
    body: z.strictObject({
      posts: PostNames.optional(),
      /** Goes with `posts`: without it they have no end. */
      ends: PostEnds.optional(),
      state: z.enum(['active', 'removed']).optional(),
      version: Version,
    }),
    reply: Member,
  },
  'POST /api/invitations': {
    stepUp: true,
    summary: 'Invite somebody into my organisation; the link is shown once',
    body: z.strictObject({ name: lineOf(1, 60), posts: PostNames }),
    reply: z.strictObject({ invitation: Invitation, link: z.string() }),
    status: 201,
  },
  'DELETE /api/invitations/:invitationId': {
    stepUp: true,
    summary: 'Take an invitation of my organisation back; its link is worth nothing from then on',
    params: z.strictObject({ invitationId: idOf('invitation') }),
    status: 204,
  },
  'POST /api/invitations/acceptance': {
    summary: 'Accept an invitation: choose login and password',
    body: z.strictObject({ token: z.string().min(20).max(200), login: LoginName, password: NewPassword }),
    reply: Me,
    status: 201,
  },
  'GET /api/organisations': {
    summary: 'Organisations that can be named as a party',
    query: z.strictObject({ kind: RoleName.optional() }),
    reply: z.strictObject({ organisations: z.array(Organisation) }),
  },
  'POST /api/organisations': {
    stepUp: true,
    summary: 'The organizer takes in an organisation and invites its first administrator; the link is shown once',
    body: z.strictObject({
      name: lineOf(2, 100),
      kind: RoleName,
      jurisdiction: Jurisdiction,
      adminName: lineOf(1, 60),
    }),
    reply: z.strictObject({ organisation: Organisation, link: z.string() }),
    status: 201,
  },
} as const satisfies HttpContract
