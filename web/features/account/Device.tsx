import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { deviceName } from './device-name.ts'

/** A device by browser and system; a program by what it says of itself, shortened. */
export function Device({ agent }: { agent: string }): ReactNode {
  const { t } = useTranslation()
  const name = deviceName(agent)
  if (name) return <span title={agent}>{t('account.logins.on', name)}</span>
  return <span title={agent}>{agent === '' ? t('account.logins.unknownDevice') : agent.slice(0, 40)}</span>
}
