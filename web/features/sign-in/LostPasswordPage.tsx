import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { PlainField } from '../../ui/plain/PlainField.tsx'
import { PlainPage } from '../../ui/plain/PlainPage.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'

/** Somebody says that a password is lost. What the page answers never tells whether the name exists. */
export default function LostPasswordPage(): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/password-resets', { quiet: true })
  const [login, setLogin] = useState('')
  return (
    <PlainPage
      title={t('account.lostPassword.title')}
      foot={
        <Link to="/sign-in" search={{}}>
          {t('people.setup.toSignIn')}
        </Link>
      }
    >
      {act.data ? (
        <div className="plain-form">
          <div className="plain-alert note">{t('account.lostPassword.asked')}</div>
        </div>
      ) : (
        <>
          <p className="plain-intro">{t('account.lostPassword.intro')}</p>
          <form
            className="plain-form"
            onSubmit={(event) => {
              event.preventDefault()
              act.mutate({ body: { login } })
            }}
          >
            <PlainProblem problem={act.error} />
            <PlainField
              label={t('people.signIn.login')}
              name="login"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              autoFocus
              value={login}
              onChange={(event) => setLogin(event.target.value)}
              problem={act.error}
            />
            <button className="plain-button" type="submit" disabled={act.isPending}>
              {t('account.lostPassword.submit')}
            </button>
          </form>
        </>
      )}
    </PlainPage>
  )
}
