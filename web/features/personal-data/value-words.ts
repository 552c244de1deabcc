import type { TFunction } from 'i18next'
import { momentText } from '../../ui/moment-text.ts'
import { placeName } from '../../ui/fields/place-name.ts'
import { deviceName } from '../account/device-name.ts'
import type { Language } from '../../i18n/index.ts'

type Words = { readonly t: TFunction; readonly language: Language; readonly organisation: string }

export const languageNames: { readonly [code: string]: string } = { 'zh-CN': '简体中文', en: 'English' }
const isMoment = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(text)
const posts = /\b(system_admin|security_admin|audit_admin|signatory|member)\b/g

/** A value of one's own data as a person says it; the file that is taken along has it as it is kept. */
export function valueInWords(column: string, value: string, { t, language, organisation }: Words): string {
  switch (column) {
    case 'persons.org_id':
      return organisation
    case 'persons.posts':
    case 'persons.post_ends':
      return value.replace(posts, (post) => t(`post.${post as 'member'}`))
    case 'persons.locale':
      return languageNames[value] ?? value
    case 'persons.jurisdiction':
      return placeName(value, language)
    case 'logins.method':
      return t(`account.methods.${value as 'password'}`)
    case 'logins.agent':
    case 'devices.agent': {
      const device = deviceName(value)
      return device === null ? value.slice(0, 40) : t('account.logins.on', device)
    }
    case 'testers.identity':
      return t(`testers.identity.${value as 'none'}`)
    case 'testers.grade':
      return t('testers.gradeName', { grade: value })
    case 'privacy_answers.language':
      return languageNames[value] ?? value
    case 'privacy_answers.answer':
      return t(`privacy.answerName.${value as 'given'}`)
    case 'privacy_answers.purpose':
      return t(`privacy.purpose.${value as 'mail'}`)
    case 'privacy_answers.version':
      return value.slice(0, 12)
    case 'correction_requests.field':
      return t(`corrections.field.${value as 'name'}`)
    case 'correction_requests.state':
      return t(`corrections.states.${value as 'asked'}`)
    case 'mail_choices.kind':
      return t(`notices.mail.groups.${value as 'account'}`)
    default:
      return isMoment(value) ? momentText(value, language, 'minutes') : value
  }
}
