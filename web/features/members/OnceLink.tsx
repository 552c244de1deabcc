import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { momentText } from '../../ui/moment-text.ts'
import { useLanguage } from '../../i18n/index.ts'

/** An invitation link, which the server tells only this once. */
export function OnceLink({ link, name, expiresAt }: { link: string; name: string; expiresAt: string }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  return (
    <div className="stack">
      <Notice tone="warn" title={t('people.members.linkTitle')}>
        {t('people.members.linkText', { name, expires: momentText(expiresAt, language, 'minutes') })}
      </Notice>
      <div className="secret-box">
        <code>{link}</code>
        <CopyButton text={link} />
      </div>
    </div>
  )
}
