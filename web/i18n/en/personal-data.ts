import type { Words } from '../words.ts'

export const personalData: Words['personalData'] = {
  title: 'My data',
  about: 'Everything the platform holds about you: for what, on what it rests, how long, and who was given it.',
  fields: 'What is held about me',
  fieldsAbout:
    'Ways of signing in are changed under Account security, posts are given by an administrator of your organisation; for the rest see Corrections below.',
  count: 'Values: {{count}}',
  what: 'What',
  value: 'Value',
  basis: 'On what it rests',
  kept: 'Kept',
  optional: 'optional',
  digest: 'a digest only, nothing to show',
  sealed: 'sealed; the identity is in the file that you take along',
  empty: 'none',
  more: 'and {{count}} more in the file',
  givenTo: 'Who was given it',
  givenToAbout:
    'Organisations that see something of you, and by what. Your real name and the number of your document are given to nobody.',
  nobody: 'Nobody was given anything',
  who: 'Organisation',
  by: 'By what',
  since: 'Since',
  export: 'Take my data along',
  save: 'Save the file',
  close: 'Close the account',
  closeAbout:
    'Except for what law and standard keep, named below, everything is deleted at once; name and login name are replaced. It cannot be undone.',
  until: 'until',
  closeTitle: 'Close the account?',
  closeText:
    'All logins, tokens and passkeys end at once. It is refused while you hold a running lease, wait for a reward, or are the last administrator.',
  typeLogin: 'Type your login name {{login}} to confirm',
}
