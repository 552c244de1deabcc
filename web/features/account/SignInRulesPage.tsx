import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { OidcPanel } from './OidcPanel.tsx'
import { Recoveries } from './Recoveries.tsx'
import { RulesForm } from './RulesForm.tsx'
import './account.css'

/** For administrators: what the house asks at sign-in, and who needs help to get back in. */
export default function SignInRulesPage(): ReactNode {
  const { t } = useTranslation()
  const rules = useApi('GET /api/sign-in-rules')
  return (
    <>
      <PageHeader title={t('account.rules.title')} about={t('account.rules.about')} />
      <div className="stack">
        <Recoveries />
        <OidcPanel />
        <Loaded query={rules}>{(found) => <RulesForm key={found.version} rules={found} />}</Loaded>
      </div>
    </>
  )
}
