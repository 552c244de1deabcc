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
    copies: 'Leaked copies',
    sign_in: 'Sign-in',
    credentials: 'Passwords and tokens',
    platform: 'Platform',
    refusals: 'Refused acts',
  },
  trace: {
    title: 'Whose copy is this',
    about:
      'Text copied from a finding’s page, exported traffic and drafts of reports bear the code of the reading, unseen. The file is looked through in this browser and the code alone is sent; each trace is entered in your organisation’s record, and whoever is found is not told.',
    text: 'Paste the leaked text, or the code of the lines on a page',
    go: 'Trace text',
    choose: 'Trace a file…',
    found: 'Copies found',
    who: 'Whose copy',
    engagement: 'Engagement',
    code: 'Code',
    none: 'No mark found. What was typed anew, photographed, cut down to code blocks or stripped of its properties bears none; signed documents and evidence packs are the same for everybody and bear none either.',
    tooLong: 'A file must not be larger than {{mib}} MiB',
    unknown: 'No reading known',
    unknownWhy: '{{count}} marks were found; none is of a reading that your organisation may see.',
  },
}
