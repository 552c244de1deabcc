import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { CodePanel, RecoveryPanel } from './CodePanel.tsx'
import { LoginsPanel } from './LoginsPanel.tsx'
import { NoticesPanel } from './NoticesPanel.tsx'
import { PasskeysPanel } from './PasskeysPanel.tsx'
import { PasswordPanel } from './PasswordPanel.tsx'
import { TokensPanel } from './TokensPanel.tsx'
import './account.css'

/** Everything that opens one's account, and how to end it. */
export default function SecurityPage(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/account/security')
  return (
    <>
      <PageHeader title={t('account.title')} about={t('account.about')} />
      <Loaded query={found}>
        {(page) => (
          <div className="stack">
            {page.demanded && page.code === null && page.passkeys.length === 0 ? (
              <Notice tone="warn">{t('account.demanded')}</Notice>
            ) : null}
            <NoticesPanel page={page} />
            <PasskeysPanel page={page} />
            <div className="account-grid">
              <PasswordPanel page={page} />
              <CodePanel page={page} />
              <RecoveryPanel page={page} />
            </div>
            <LoginsPanel page={page} />
            <TokensPanel page={page} />
          </div>
        )}
      </Loaded>
    </>
  )
}
