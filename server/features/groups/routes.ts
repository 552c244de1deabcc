import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { changeGroup, listGroups, makeGroup, removeGroup } from './groups.ts'
import { ownGroup, ownMemberId } from './own.ts'
import { changeTeam, listTeams, teamRef, viewTeam } from './work-team.ts'

export const groupRoutes: Feature = () => [
  route('GET /api/groups', {
    access: 'members.read',
    references: {},
    handle: async ({ work }) => ({ groups: await listGroups(work) }),
  }),
  route('POST /api/groups', {
    access: 'groups.keep',
    references: { 'body.personIds[]': ownMemberId },
    handle: ({ work, body }) => makeGroup(work, body),
  }),
  route('PUT /api/groups/:groupId', {
    access: 'groups.keep',
    references: { 'params.groupId': ownGroup, 'body.personIds[]': ownMemberId },
    handle: ({ work, body, on }) => changeGroup(work, on['params.groupId'], body),
  }),
  route('DELETE /api/groups/:groupId', {
    access: 'groups.keep',
    references: { 'params.groupId': ownGroup },
    handle: ({ work, on }) => removeGroup(work, on['params.groupId']),
  }),
  route('GET /api/work-teams', {
    access: 'groups.keep',
    references: {},
    handle: async ({ work }) => ({ teams: await listTeams(work) }),
  }),
  route('GET /api/engagements/:engagementId/work-team', {
    access: 'signed_in',
    references: { 'params.engagementId': teamRef },
    handle: ({ work, on }) => viewTeam(work, on['params.engagementId']),
  }),
  route('PUT /api/engagements/:engagementId/work-team', {
    access: 'signed_in',
    references: {
      'params.engagementId': teamRef,
      'body.grants[].groupId': checkedBy('work-team'),
      'body.grants[].personId': checkedBy('work-team'),
    },
    handle: ({ work, body, on }) => changeTeam(work, on['params.engagementId'], body),
  }),
]
