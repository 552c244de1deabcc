import { none, open, partly, type Row, shown } from './rows.ts'

/** Authorization. */
export const v08: readonly Row[] = [
  shown('8.1.1', 'who may do what is written down (docs/access-matrix.md)', 'printedMatrix'),
  partly(
    '8.1.2',
    'who sees which field is written down',
    'by the contract’s shapes for each role; there is no table of fields',
    'hiddenFields',
  ),
  open(
    '8.1.3',
    'what of the surroundings counts for a decision is written down',
    'network and device count for notices and the throttle; it stands in several places',
  ),
  open('8.1.4', 'how the surroundings count is written down', 'as above'),
  shown(
    '8.2.1',
    'each function asks for a right',
    'everyRoute',
    'anonymous',
    'registry',
    'printedMatrix',
    'tokenScope',
  ),
  shown('8.2.2', 'each object is checked against its reader', 'everyRoute', 'foreignObject', 'mixedObjects', 'tenants'),
  shown(
    '8.2.3',
    'each field is checked, reading and writing',
    'settable',
    'hiddenFields',
    'hiddenBudget',
    'hiddenFilter',
  ),
  open(
    '8.2.4',
    'surroundings narrow what one may do',
    'windows and quiet hours do for testing; sign-in tells of new places and does not ask more there',
  ),
  shown('8.3.1', 'rights are checked on the server', 'everyRoute', 'stateInBody'),
  shown('8.3.2', 'a changed right counts at once', 'endsAtOnce', 'removedMember', 'revealAfterRemoval'),
  shown('8.3.3', 'what is done for somebody is done with their rights', 'asPerson', 'tenants'),
  shown('8.4.1', 'houses do not reach each other', 'tenants', 'foreignWrite', 'catalogue', 'everyRoute'),
  partly(
    '8.4.2',
    'administration has several walls',
    'second factor and step-up; the device itself is not judged',
    'factorDemanded',
    'stepUp',
  ),
]

const noOwn =
  'access tokens and logins are drawn, not self-contained; what travels sealed is opened by the server alone'
/** Self-contained tokens: those of sign-in providers, and challenges that travel sealed with the browser. */
export const v09: readonly Row[] = [
  partly(
    '9.1.1',
    'they are believed only as signed',
    'a changed state or code is refused; a changed signature of a provider is left to the library',
    'oidcBrowser',
    'oidcNonce',
  ),
  partly('9.1.2', 'only agreed algorithms', 'left to the library; no test sends another', 'oidcNonce'),
  partly(
    '9.1.3',
    'keys come from the agreed issuer',
    'the issuer is tested; the place of its keys is left to the library',
    'oidcIssuer',
  ),
  partly('9.2.1', 'they end', 'challenges are tested; a provider’s expiry is left to the library', 'passkeyOnce'),
  shown('9.2.2', 'they serve the purpose they were made for', 'oidcBrowser', 'passkeyOnce'),
  open('9.2.3', 'they are for us', 'the library checks the audience; no test sends another'),
  none('9.2.4', 'tokens of ours for several services', noOwn),
]
