import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { PlainPage } from '../../ui/plain/PlainPage.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'
import { useLinkToken } from '../../ui/plain/link-token.ts'
import { NewPassword } from './NewPassword.tsx'

export default function ResetPasswordPage(): ReactNode {
  const { t } = useTranslation()
  const token = useLinkToken()
  const act = useAct('POST /api/password-resets/use', { quiet: true })
  const toSignIn = (
    <Link to="/sign-in" search={{}} className="plain-button">
      {t('people.setup.toSignIn')}
    </Link>
  )
  return (
    <PlainPage title={t('account.resetPassword.title')}>
      {token === null ? (
        <div className="plain-form">
          <div className="plain-alert note">{t('account.resetPassword.noToken')}</div>
        </div>
      ) : act.isSuccess ? (
        <div className="plain-form">
          <div className="plain-alert note">{t('account.resetPassword.done')}</div>
          {toSignIn}
        </div>
      ) : (
        <>
          <p className="plain-intro">{t('account.resetPassword.intro')}</p>
          <NewPassword
            problem={act.error}
            pending={act.isPending}
            submit={t('account.newPassword.submit')}
            onFit={(password) => act.mutate({ body: { token, password } })}
          >
            <PlainProblem problem={act.error} />
          </NewPassword>
        </>
      )}
    </PlainPage>
  )
}
