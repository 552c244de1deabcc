import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Moment } from '../../ui/Moment.tsx'

/** Which version of the notice this is: the beginning of its digest, and its date. */
export function NoticeVersion({ version, since }: { version: string; since: string | null }): ReactNode {
  const { t } = useTranslation()
  return (
    <span>
      {t('privacy.version')} <span className="mono">{version.slice(0, 12)}</span>
      {since === null ? null : (
        <>
          {' · '}
          {t('personalData.since')} <Moment at={since} day />
        </>
      )}
    </span>
  )
}
