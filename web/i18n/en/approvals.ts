import type { Words } from '../words.ts'

export const approvals: Words['approvals'] = {
  title: 'Approvals',
  about:
    'Weighty acts are asked for by one person and approved by another: exactly what stands here, once, until it lapses',
  needed: 'A second person must approve this',
  neededText:
    'After you ask, another security administrator or signatory of your organisation approves. Then you do it once, exactly as asked.',
  asked: 'Asked',
  askedNext: 'Once it is approved, do it here:',
  ask: 'Ask for approval',
  purpose: 'Purpose',
  purposeLimit: '{{min}} to {{max}} characters, kept sealed, read by who approves',
  askedBy: 'Asked by',
  approvedBy: 'Approved by',
  refusedBy: 'Refused by',
  usedAt: 'Done',
  timeLeft: 'Time left',
  left: '{{hours}} h {{minutes}} min',
  digest: 'Digest of the content (SHA-256)',
  exact: 'This text is what is approved. When it is done, its digest must be the same.',
  doIt: 'Do what was approved',
  approve: 'Approve',
  approveAbout:
    'Check the whole content, and that the asker has a need for it. You answer for it together; it goes into the ledger.',
  refuse: 'Refuse',
  refuseAbout: 'The asker reads your reason.',
  withdraw: 'Take the request back',
  another: 'waits for another person of your organisation',
  states: {
    waiting: 'waits for approval',
    approved: 'approved, to be done',
    used: 'done',
    refused: 'refused',
    withdrawn: 'taken back',
    lapsed: 'lapsed',
  },
  views: { waiting: 'Waiting for me', mine: 'Asked by me', decided: 'Decided' },
  empty: {
    waiting: 'Nothing waits for you',
    mine: 'You have no open request',
    decided: 'Nothing has been decided yet',
  },
  emptyWhy: {
    waiting: 'When somebody asks for an act by two persons, it appears here and on the home page.',
    mine: 'When an act needs two persons, its page leads you to ask.',
    decided: 'Requests stay here after they were approved and done, refused, taken back or lapsed.',
  },
  rules: {
    title: 'Two-person rules',
    about: 'Switched on by one security administrator; switching off takes two persons',
    members: 'Two persons give the posts of administrators and signatory',
    membersHint: 'also by invitation',
    exports: 'Two persons export evidence packs and many exchanges',
    exportsHint: 'they hold many findings and much recorded traffic',
    disposals: 'Ordering the destruction of data takes two persons',
    disposalsHint: 'what was destroyed does not come back',
    alone: 'There is no second approver yet',
    aloneText:
      'Two different people must hold the posts security administrator or signatory first. Accounts with the same name, and accounts that were signed in, in the same browser, count as one person.',
  },
  separation: {
    title: 'Separation of administrators',
    about:
      'System, security and audit administrator are different people; switching it on or off takes two persons either way',
    rule: 'Nobody holds two of the three',
    ruleHint: 'nor gives posts to themselves, and each of the three stays held by somebody without an end',
    overlapping: 'They hold more than one of the three, change that first',
    invited: ' (invited, has not joined)',
    missing: 'Nobody holds this without an end: {{posts}}',
    toMembers: 'Change it on the members page',
  },
}
