import { open, partly, type Row, shown } from './rows.ts'

/** Validation and business logic. */
export const v02: readonly Row[] = [
  shown('2.1.1', 'how input must look is written down: the contract, printed as OpenAPI', 'contract', 'contractStrict'),
  partly(
    '2.1.2',
    'how fields must fit together is written down',
    'for moves and records in the pages about states; not for each pair of fields',
    'moves',
  ),
  open(
    '2.1.3',
    'limits of use are written down for persons and for the whole',
    'the test rules and the throttle are; there is no page with all limits',
  ),
  shown(
    '2.2.1',
    'input is held against allowed shapes and ranges',
    'fuzz',
    'oddValues',
    'unknownFields',
    'documentNumber',
  ),
  shown('2.2.2', 'it is checked on the server', 'namesFaults', 'fuzz'),
  partly(
    '2.2.3',
    'fields that belong together fit together',
    'dates, severities and scope; not each pair',
    'dates',
    'vector',
  ),
  shown('2.3.1', 'no step can be skipped or repeated', 'moves', 'replayedMove', 'stateInBody'),
  shown('2.3.2', 'limits of the business hold', 'budget', 'leaseLimits'),
  shown('2.3.3', 'an act happens whole or not at all', 'wholeOrNothing', 'killedServer'),
  shown('2.3.4', 'what is limited is not given twice', 'budget', 'oneDecision', 'oneOfTwo', 'idempotency'),
  partly(
    '2.3.5',
    'what is grave needs several persons',
    'reviews, permits, scope, resuming, lifting a hold, releasing factors and emergency access always; posts, evidence packs and exports of many exchanges where the house says so',
    'twoReviewers',
    'twoSides',
    'factorRelease',
    'byDigest',
    'emergency',
  ),
  partly(
    '2.4.1',
    'machines that call too often are held back',
    'sign-in, letters, the gateway and what is opened in an hour; lists of the API have no limit per person',
    'throttle',
    'readingBudget',
    'readingBudgetRace',
    'leaseLimits',
    'costlyLists',
  ),
  open('2.4.2', 'acts faster than a human', 'programs are meant to use the API'),
]
