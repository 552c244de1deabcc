import { z } from 'zod'
import { type HttpContract, Moment, Version, idOf, lineOf } from './shape.ts'

export const Group = z
  .strictObject({
    groupId: idOf('group'),
    name: z.string(),
    members: z.array(z.strictObject({ personId: idOf('person'), name: z.string() })),
    version: Version,
  })
  .meta({ id: 'Group' })
export type Group = z.infer<typeof Group>

const GroupWish = { name: lineOf(1, 60), personIds: z.array(idOf('person')).max(500) }
const oneGroup = z.strictObject({ groupId: idOf('group') })
const oneEngagement = z.strictObject({ engagementId: idOf('engagement') })

/** Who of a house works on one engagement. */
export const WorkTeam = z
  .strictObject({
    engagementId: idOf('engagement'),
    title: z.string(),
    /** Empty: every member of the house. */
    grants: z.array(
      z.strictObject({
        groupId: idOf('group').nullable(),
        personId: idOf('person').nullable(),
        name: z.string(),
        endsAt: Moment.nullable(),
      }),
    ),
    /** Names of the active members whom it reaches now. */
    workers: z.array(z.string()),
    mayGive: z.boolean(),
    version: z.number().int(),
  })
  .meta({ id: 'WorkTeam' })
export type WorkTeam = z.infer<typeof WorkTeam>

export const groupsHttp = {
  'GET /api/groups': { summary: 'Groups of my organisation', reply: z.strictObject({ groups: z.array(Group) }) },
  'POST /api/groups': {
    summary: 'Make a group of members',
    body: z.strictObject(GroupWish),
    reply: Group,
    status: 201,
  },
  'PUT /api/groups/:groupId': {
    stepUp: true,
    summary: 'Rename a group and say who is in it; who leaves it loses what was given to it, at once',
    params: oneGroup,
    body: z.strictObject({ ...GroupWish, version: Version }),
    reply: Group,
  },
  'DELETE /api/groups/:groupId': {
    stepUp: true,
    summary: 'Remove a group to which nothing is given',
    params: oneGroup,
    status: 204,
  },
  'GET /api/work-teams': {
    summary: 'Engagements of my organisation that were given to some of its members, for who says who may do what',
    reply: z.strictObject({ teams: z.array(WorkTeam) }),
  },
  'GET /api/engagements/:engagementId/work-team': {
    summary: 'Who of my organisation works on this engagement',
    params: oneEngagement,
    reply: WorkTeam,
  },
  'PUT /api/engagements/:engagementId/work-team': {
    stepUp: true,
    summary: 'Give an engagement to groups and members of my organisation, or to all of it again (no grants)',
    params: oneEngagement,
    body: z.strictObject({
      grants: z
        .array(
          z.union([
            z.strictObject({ groupId: idOf('group'), endsAt: Moment.optional() }),
            z.strictObject({ personId: idOf('person'), endsAt: Moment.optional() }),
          ]),
        )
        .max(200),
      version: z.number().int().min(0).max(1_000_000_000),
    }),
    reply: WorkTeam,
  },
} as const satisfies HttpContract
