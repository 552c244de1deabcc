import { Problem, type Text, say } from '../shared/problem.ts'
import { type Basis, type Purpose, bases, forms, inventory, purposes, recipients, terms } from './inventory.ts'

/** One purpose as the notice tells it: what is held, on what it rests, how long, to whom it goes. */
export type NoticePart = {
  readonly purpose: Purpose
  readonly what: Text
  /** Rests on consent: asked for by itself, off until it is given, ended as easily. */
  readonly consent: boolean
  readonly bases: readonly Text[]
  readonly kept: readonly Text[]
  readonly givenTo: Text
  readonly items: readonly { readonly what: Text; readonly form: Text; readonly needed: boolean }[]
}

/** Purposes that rest on consent and on nothing else; a test holds them to the inventory. */
export const consentPurposes = ['mail', 'skills'] as const satisfies readonly Purpose[]
export type ConsentPurpose = (typeof consentPurposes)[number]
export const isConsentPurpose = (purpose: string): purpose is ConsentPurpose =>
  consentPurposes.some((one) => one === purpose)

export const everyPurpose = Object.keys(purposes) as [Purpose, ...Purpose[]]

const once = (texts: readonly Text[]): Text[] => [...new Map(texts.map((text) => [text.en, text])).values()]
const plain = {
  what: say('您在项目中做过的事，以编号出现', 'what you did in engagements, under a made-up id'),
  needed: true,
}

/** The privacy notice, purpose by purpose, made of the inventory and of nothing else (GBT39276-5.1.1.4-a). */
export const noticeParts: readonly NoticePart[] = everyPurpose.map((purpose) => {
  const fields = inventory.filter((one) => one.purpose === purpose)
  const rests: readonly Basis[] = purpose === 'service' ? ['evidence'] : fields.map(({ basis }) => basis)
  return {
    purpose,
    what: purposes[purpose],
    consent: isConsentPurpose(purpose),
    bases: once(rests.map((basis) => bases[basis])),
    kept: once(purpose === 'service' ? [terms.file] : fields.map(({ kept }) => terms[kept])),
    givenTo: recipients[purpose],
    items:
      purpose === 'service'
        ? [{ ...plain, form: forms.plain }]
        : fields.map(({ what, form, needed }) => ({ what, form: forms[form], needed })),
  }
})

/** What somebody answered to the notice, and to which text. */
export type Answer = {
  readonly answer: 'acknowledged' | 'given' | 'withdrawn'
  readonly purpose: string | null
  /** Digest of what the answer is about, as it was shown. */
  readonly part: string
}
export type Standing = 'none' | 'given' | 'withdrawn' | 'lapsed'

/**
 * Where the consent to a purpose stands.
 * @param answers oldest first
 * @param part digest of the purpose as the notice tells it now: a consent to another text has lapsed
 */
export function standingOf(answers: readonly Answer[], purpose: ConsentPurpose, part: string): Standing {
  const last = answers.findLast((one) => one.purpose === purpose)
  if (last === undefined) return 'none'
  if (last.answer !== 'given') return 'withdrawn'
  return last.part === part ? 'given' : 'lapsed'
}

/**
 * Whether somebody is to be shown the notice: at first, and again when what rests on consent was changed. A change of what
 * rests on contract or law is told in *My data* and stops nobody.
 * @param part digest of all that rests on consent, as it is now
 */
export function noticeDue(answers: readonly Answer[], part: string): 'first' | 'changed' | null {
  const last = answers.findLast((one) => one.answer === 'acknowledged')
  if (last === undefined) return 'first'
  return last.part === part ? null : 'changed'
}

/** @throws Problem conflict NOTICE-1, naming the version that is in force */
export function checkShown(shown: string, inForce: string): void {
  if (shown === inForce) return
  const short = inForce.slice(0, 12)
  throw new Problem(
    'conflict',
    say(
      `您所见的隐私告知已有新版本 ${short}，请重新阅读`,
      `there is a newer version of the privacy notice, ${short}; read it first`,
    ),
    {
      rule: 'NOTICE-1',
      fields: [
        {
          field: 'body.version',
          limit: say(`现行版本 ${inForce}`, `the version in force, ${inForce}`),
          fix: say('刷新页面并重新阅读', 'load the page again and read it'),
        },
      ],
    },
  )
}

/** What rests on contract or law is no matter of consent. @throws Problem refused CONSENT-1 */
export function checkRestsOnConsent(purpose: string): ConsentPurpose {
  if (isConsentPurpose(purpose)) return purpose
  throw new Problem(
    'refused',
    say('此用途依据合同或法律，无需也不能征求同意', 'this rests on contract or law, so there is nothing to consent to'),
    {
      rule: 'CONSENT-1',
      fields: [
        {
          field: 'body.purpose',
          limit: say(
            `可同意的用途：${consentPurposes.join('、')}`,
            `purposes by consent: ${consentPurposes.join(', ')}`,
          ),
          fix: say('阅读隐私告知中的依据', 'see in the privacy notice on what it rests'),
        },
      ],
    },
  )
}

/** Nothing is stored or used for a purpose whose consent is not given (GBT39276-5.1.1.4-a, -b). */
export const wantsConsent = (purpose: ConsentPurpose, field: string): Problem =>
  new Problem(
    'refused',
    say(`须先同意此用途：${purposes[purpose].zh}`, `this needs your consent first: ${purposes[purpose].en}`),
    {
      rule: 'GBT39276-5.1.1.4-a',
      fields: [
        {
          field,
          limit: say('未经同意不保存', 'nothing is kept without consent'),
          fix: say('在隐私告知中同意该用途，或留空', 'consent to it under the privacy notice, or leave it empty'),
        },
      ],
    },
  )
