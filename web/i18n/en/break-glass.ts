import type { Words } from '../words.ts'

export const breakGlass: Words['breakGlass'] = {
  title: 'Emergency access',
  about:
    'Administrators of the platform do not read findings. In an emergency, and with another person’s approval, one reads this engagement for a limited time; the demand side knows at once and may end it',
  open: '{{name}} of {{org}} has emergency access to this engagement',
  details: 'See and end it',
  purposeIs: 'Purpose: {{purpose}}',
  approvedBy: 'approved by {{name}}',
  none: 'No emergency access',
  noneWhy: 'If there is one, it says who, why, who approved it, when it ends and how much was read.',
  ask: 'Ask for emergency access',
  length: 'For',
  minutes: '{{minutes}} minutes',
  span: 'From – to',
  readings: 'Readings',
  end: 'End it now',
  endAbout: 'From then on nothing can be read. What was read stays in the reading record and in the ledger.',
  endedBy: 'Ended by',
  states: { open: 'open', ended: 'ended early', over: 'over' },
}
