import type { Words } from '../words.ts'

export const privacy: Words['privacy'] = {
  title: 'Privacy notice',
  about: 'What is held about you and for what, on what it rests, how long, and who is given it.',
  open: 'Open the privacy notice',
  due: {
    first: 'Please read the privacy notice',
    changed: 'There is a new version of the privacy notice: what rests on your consent has changed',
  },
  dueText:
    'Say at the end of the page that you have read it. That is no consent to anything: what rests on your consent is asked one by one, is off until you give it, and can be withdrawn at any time.',
  parts: 'Purposes',
  byConsent: 'with your consent only',
  givenTo: 'Who is given it',
  held: 'What is held ({{count}})',
  agree: 'I consent: ',
  standing: {
    none: 'Not given',
    given: 'Given',
    withdrawn: 'Withdrawn',
    lapsed: 'Lapsed, as the purpose was changed since',
  },
  ends: {
    mail: 'Without it no mail address can be given. Withdrawn, the address, your choices and mails that wait are deleted at once.',
    skills:
      'Without it no skills can be stated. Withdrawn, those you stated are deleted at once. Identity check and applications do not depend on it.',
  },
  purpose: { mail: 'notices by mail', skills: 'engagements by skills' },
  acknowledge: 'Read',
  acknowledgeAbout: 'What rests on contract or law is told to you and needs no consent.',
  read: 'I have read it',
  readAt: 'You read this version:',
  version: 'Version',
  answers: 'My answers to the privacy notice',
  answersAbout:
    'What you read, consented to and withdrew: when, which version, in which language. Never changed afterwards; each is in the ledger.',
  noAnswers: 'No answers yet',
  noAnswersWhy: 'Once you have read the privacy notice, what you answer is listed here.',
  answer: 'Answer',
  answerName: { acknowledged: 'Read', given: 'Consent given', withdrawn: 'Consent withdrawn' },
  at: 'When',
  language: 'Language',
  counts: 'Privacy notice',
  countsAbout: 'What members of your organisation read and consented to: numbers only, nobody’s answer.',
  readCurrent: 'Read the version in force',
  readEarlier: 'Read an earlier version only',
  notRead: 'Have not read it',
  of: '{{count}} of {{members}}',
  agreed: 'Consent: ',
  consentCounts: 'given: {{given}}, withdrawn: {{withdrawn}}',
}
