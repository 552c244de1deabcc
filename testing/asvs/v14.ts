import { open, partly, type Row, shown } from './rows.ts'

/** Data protection. */
export const v14: readonly Row[] = [
  partly(
    '14.1.1',
    'sensitive data is known and sorted (docs/threat-model.md)',
    'assets are; there is no class for each column',
    'threatModel',
  ),
  open('14.1.2', 'what each class demands is written down', 'for assets as a whole, not for classes'),
  partly(
    '14.2.1',
    'no secrets in addresses',
    'logins and tokens are in heads; the links of invitations, set-up and resets carry theirs behind the #',
    'tokenOnce',
    'invitationHidden',
    'cookieMarks',
  ),
  shown('14.2.2', 'nothing sensitive is cached on the way', 'noCache', 'allHeaders'),
  shown('14.2.3', 'nothing goes to strangers', 'hostileText', 'outLink', 'egressOnly'),
  partly(
    '14.2.4',
    'what is demanded for each class is done',
    'sealing, records and disposal are; there is no text of classes to compare with',
    'ownPlace',
    'sealedTraffic',
    'disposal',
  ),
  shown('14.2.5', 'caches cannot be deceived', 'noCache'),
  partly(
    '14.2.6',
    'answers hold as little as is needed',
    'lists hold no text of findings; identity numbers are not masked, because they are not shown',
    'hiddenFields',
    'readingEvent',
  ),
  partly(
    '14.2.7',
    'data ends at its time',
    'engagements by ordered disposal; accounts and logs by hand',
    'disposal',
    'disposalFinal',
  ),
  partly(
    '14.2.8',
    'data inside uploaded files',
    'the copy that is shown has none; the original is evidence and stays as it is',
    'pictureCopy',
  ),
  shown('14.3.1', 'a browser keeps nothing after signing out', 'signedOutBrowser'),
  shown('14.3.2', 'answers are not stored by browsers', 'noCache', 'allHeaders'),
  open(
    '14.3.3',
    'nothing sensitive in the browser’s storage',
    'drafts of findings are kept there, so that a closed window loses none',
  ),
]
