import type { Words } from '../words.ts'

export const administration: Words['administration'] = {
  title: 'Administration record',
  entries: 'Administration and sign-in',
  about:
    'What the administrators of your organisation did, who signed in, who was refused. For audit administrators to read; nobody can change it, and each line stands in the ledger.',
  empty: 'No record yet',
  emptyWhy: 'Invitations, posts, rules, approvals, emergency access and sign-ins are entered here.',
  emptyFiltered: 'Nothing under these filters',
  emptyFilteredWhy: 'Choose another area, person or day, or clear the filters.',
  platform: 'the platform, or another organisation',
  column: { at: 'Time', by: 'Who', what: 'What', about: 'Concerns', area: 'Area', ledger: 'Ledger' },
  filter: {
    area: 'Area',
    anything: 'All areas',
    person: 'Person',
    anybody: 'Everybody',
  },
  area: {
    members: 'Members and posts',
    rules: 'Rules',
    approvals: 'Approvals',
    emergency: 'Emergency access',
    decoys: 'Decoy findings',
    sign_in: 'Sign-in',
    credentials: 'Passwords and tokens',
    platform: 'Platform',
    refusals: 'Refused acts',
  },
}
