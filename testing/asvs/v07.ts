import { open, partly, type Row, shown } from './rows.ts'

/** Sessions, which are called logins here. */
export const v07: readonly Row[] = [
  partly(
    '7.1.1',
    'idle and absolute time-outs are written down (docs/guides/operating.md)',
    'without a word on NIST SP 800-63B',
    'idle',
    'absolute',
  ),
  open('7.1.2', 'how many logins one account may have', 'there is no limit, and no page says so'),
  partly(
    '7.1.3',
    'how logins and providers go together is written down (docs/guides/sign-in.md)',
    'what ends when the provider ends its own login is not',
    'oidcEnds',
  ),
  shown('7.2.1', 'a login is checked on the server', 'onlyDigests', 'signOut', 'anonymous'),
  shown('7.2.2', 'its token is drawn for it', 'newCookie'),
  shown('7.2.3', 'its token is long and unguessable', 'cookieForm', 'cryptoRandom'),
  shown('7.2.4', 'it gets a new token with each rise in rights', 'newCookie'),
  shown('7.3.1', 'it ends when idle', 'idle'),
  shown('7.3.2', 'it ends after a time, whatever happens', 'absolute'),
  shown('7.4.1', 'what has ended opens nothing', 'signOut', 'endsAtOnce', 'streamEnds'),
  shown('7.4.2', 'it ends with the account', 'removedMember'),
  shown('7.4.3', 'others end with a new password', 'endsAtOnce', 'changePassword'),
  open('7.4.4', 'signing out is in sight on every page', 'it is in the top bar; no test looks at every page'),
  partly(
    '7.4.5',
    'administrators end logins',
    'with the member’s removal, a reset or a release of factors; not one by one',
    'removedMember',
    'factorRelease',
  ),
  shown('7.5.1', 'changes of factors want the person again', 'stepUp', 'stepUpList', 'passkeyStepUp'),
  partly(
    '7.5.2',
    'people see their logins and end them',
    'seeing, ending one and ending all others is tested; that ending one asks for the person again is not',
    'endsAtOnce',
  ),
  shown('7.5.3', 'dangerous acts want the person again', 'stepUp', 'stepUpTime', 'passkeyStepUp'),
  open('7.6.1', 'a provider’s end of a login reaches us', 'a login here lives by its own times'),
  shown('7.6.2', 'no login begins by itself', 'oidcBrowser', 'crossSite'),
]
