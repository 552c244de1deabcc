import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Notice } from '../../ui/Notice.tsx'
import './account.css'

/** Recovery codes, which the server tells only this once. */
export function RecoveryCodes({ codes, onKept }: { codes: readonly string[]; onKept: () => void }): ReactNode {
  const { t } = useTranslation()
  return (
    <div className="stack">
      {codes.length > 0 ? (
        <>
          <Notice tone="warn" title={t('account.recovery.shownTitle')}>
            {t('account.recovery.shownText')}
          </Notice>
          <ol className="recovery-codes">
            {codes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ol>
          <CopyButton text={codes.join('\n')} />
        </>
      ) : (
        <Notice tone="ok">{t('account.recovery.unchanged')}</Notice>
      )}
      <Button type="primary" block onClick={onKept}>
        {t('account.recovery.kept')}
      </Button>
    </div>
  )
}
