import { Problem, say } from './problem.ts'

declare const kind: unique symbol
/** An identifier that cannot be mistaken for one of another kind: `eng_01jd…` is an `Id<'engagement'>`. */
export type Id<K extends IdKind> = string & { readonly [kind]: K }

/** The prefix of every kind of id. Prefixes are part of stored data and of ledger leaves: never change one. */
export const idPrefixes = {
  organisation: 'org',
  person: 'per',
  invitation: 'inv',
  login: 'log',
  device: 'dev',
  codeSecret: 'ots',
  passkey: 'pky',
  accessToken: 'pat',
  passwordReset: 'pwr',
  factorRelease: 'frl',
  oidcIdentity: 'oid',
  securityNotice: 'snt',
  notice: 'ntc',
  mail: 'mal',
  keyRotation: 'krt',
  engagement: 'eng',
  scopeVersion: 'scv',
  scopeObject: 'sco',
  rulesVersion: 'rul',
  proof: 'prf',
  targetCertificate: 'tct',
  review: 'rev',
  signature: 'sig',
  permit: 'pmt',
  letter: 'let',
  change: 'chg',
  stop: 'stp',
  enrollment: 'enr',
  lease: 'lea',
  exchange: 'xch',
  segment: 'seg',
  alert: 'alt',
  alertReceiver: 'arc',
  alertDelivery: 'adl',
  finding: 'fnd',
  comment: 'cmt',
  attachment: 'att',
  reward: 'rwd',
  report: 'rpt',
  pack: 'pak',
  event: 'evt',
  job: 'job',
  witness: 'wit',
  witnessRule: 'wru',
  timeStamp: 'tst',
  readingPurpose: 'rpp',
  hold: 'hld',
  disposal: 'dsp',
  approval: 'apr',
  breakGlass: 'bgl',
  group: 'grp',
  privacyAnswer: 'pan',
  correction: 'cor',
} as const
export type IdKind = keyof typeof idPrefixes

const bodyShape = /^[0-9a-hjkmnp-tv-z]{26}$/

/** Parses an id of the given kind. @throws Problem malformed, when the text has another prefix or shape. */
export function parseId<K extends IdKind>(kindName: K, text: string): Id<K> {
  if (!isId(kindName, text)) {
    throw new Problem('malformed', say(`不是有效的${kindName}标识`, `not a valid ${kindName} id`), {
      fields: [
        {
          field: kindName,
          limit: say(
            `形如 ${idPrefixes[kindName]}_ 加 26 个字符`,
            `looks like ${idPrefixes[kindName]}_ and 26 characters`,
          ),
          fix: say('请使用列表中给出的标识', 'use an id that a list gave you'),
        },
      ],
    })
  }
  return text
}

export function isId<K extends IdKind>(kindName: K, text: string): text is Id<K> {
  const prefix = idPrefixes[kindName]
  return (
    text.length === prefix.length + 27 && text.startsWith(`${prefix}_`) && bodyShape.test(text.slice(prefix.length + 1))
  )
}

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * Makes an id that sorts by time: 48 bits of milliseconds and 80 random bits in Crockford's base 32.
 * @param random at least 10 random bytes; handed in so that the domain stays pure
 */
export function makeId<K extends IdKind>(kindName: K, at: Date, random: Uint8Array): Id<K> {
  let time = at.getTime()
  let head = ''
  for (let place = 0; place < 10; place++) {
    head = alphabet.charAt(time % 32) + head
    time = Math.floor(time / 32)
  }
  let tail = ''
  let bits = 0
  let held = 0
  for (const byte of random.subarray(0, 10)) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      tail += alphabet.charAt((held >> bits) & 31)
    }
    held &= (1 << bits) - 1
  }
  return `${idPrefixes[kindName]}_${head}${tail}` as Id<K>
}
