import type { Words } from '../words.ts'

export const installation: Words['installation'] = {
  title: 'System status',
  about: 'How each part of this platform does and what to do about it, looked at every few seconds.',
  lookedAt: 'Looked at',
  levels: { ok: 'OK', warning: 'Warning', fault: 'Fault' },
  headings: {
    ok: 'Everything is in order',
    warning: 'It runs; something wants attention',
    fault: 'Something is broken',
  },
  parts: {
    keys: 'Keys',
    backup: 'Backup',
    disks: 'Disks',
    database: 'Database',
    gateway: 'Gateway',
    recorder: 'Recorder',
    nodes: 'Nodes',
    ledger: 'Ledger',
    mail: 'Mail',
    jobs: 'Background jobs',
    versions: 'Versions',
  },
  nodes: {
    one: 'Node {{number}}',
    serves: 'engagements: {{count}}',
    away: 'does not answer',
    move: 'Move engagements',
    moveFrom: 'Engagements of node {{number}}',
    moveAbout:
      'Engagements to move: {{count}}. Another node will serve them: testers set the new proxy address, name and secret stay. While the node answers this takes a moment; where it is lost, until the policy that it may hold has lapsed, some 90 seconds.',
    to: 'Move to',
  },
  since: 'since ',
  todo: 'What to do',
  guideLink: 'Guide',
  stale: 'The server cannot tell how things are now; this is what was seen before.',
  banner: 'Something is broken: {{parts}}',
  open: 'System status',
  guide: {
    title: 'Operator’s guide',
    about: 'docs/guides/operating.md of this version.',
    back: 'Back to system status',
    unknown: 'The guide has no such section',
    unknownWhy: 'Go back to system status and follow a part’s link.',
  },
}
