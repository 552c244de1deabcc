import { type Feature, checkedBy, route } from '../../http/registry.ts'
import { askApproval } from './ask-approval.ts'
import { approvalRef, decideApproval, withdrawApproval } from './decide-approval.ts'
import { changeRules, viewRules } from './house-rules.ts'
import { viewApprovals } from './view-approvals.ts'

export const approvalRoutes: Feature = () => [
  route('GET /api/approvals', {
    access: 'signed_in',
    references: {},
    handle: async ({ work }) => ({ approvals: await viewApprovals(work) }),
  }),
  route('POST /api/approvals', {
    access: 'signed_in',
    references: {
      'body.act.personId': checkedBy('ask-approval: member of my organisation'),
      'body.act.engagementId': checkedBy('ask-approval: as the act itself'),
      'body.act.captures.testerId': checkedBy('ask-approval: tester of that engagement'),
      'body.act.pack.findingId': checkedBy('ask-approval: finding of that engagement'),
    },
    handle: ({ work, body, caller }) => askApproval(work, body.act, body.purpose, caller),
  }),
  route('POST /api/approvals/:approvalId/decision', {
    access: 'signed_in',
    references: { 'params.approvalId': approvalRef },
    handle: ({ work, body, on, caller }) => decideApproval(work, on['params.approvalId'], body, caller),
  }),
  route('POST /api/approvals/:approvalId/withdrawal', {
    access: 'signed_in',
    references: { 'params.approvalId': approvalRef },
    handle: ({ work, on }) => withdrawApproval(work, on['params.approvalId']),
  }),
  route('GET /api/two-person-rules', {
    access: 'members.read',
    references: {},
    handle: ({ work }) => viewRules(work),
  }),
  route('PUT /api/two-person-rules', {
    access: 'two_persons.rules',
    references: {},
    handle: ({ work, body }) => changeRules(work, body),
  }),
]
