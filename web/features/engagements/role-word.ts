import type { TFunction } from 'i18next'

const roles = ['demand', 'organizer', 'tester', 'auditor'] as const

/** The role of an event's actor in words; what is no role of a person was done by the system. */
export function roleWord(role: string, t: TFunction): string {
  const known = roles.find((one) => one === role)
  return known ? t(`role.${known}`) : t('engagement.timeline.system')
}
