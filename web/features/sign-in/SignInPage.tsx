import { Link, getRouteApi, useRouter } from '@tanstack/react-router'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { PlainField } from '../../ui/plain/PlainField.tsx'
import { PlainPage } from '../../ui/plain/PlainPage.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'
import { ownPath } from './own-path.ts'

const route = getRouteApi('/sign-in')

export default function SignInPage(): ReactNode {
  const { t } = useTranslation()
  const { to } = route.useSearch()
  const router = useRouter()
  const queries = useQueryClient()
  const signIn = useAct('POST /api/sign-in', { quiet: true })
  const setup = useApi('GET /api/setup')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')

  const submit = (): void => {
    signIn.mutate(
      { body: { login, password } },
      {
        onSuccess: (me) => {
          queries.clear()
          queries.setQueryData(['GET /api/me', {}], me)
          router.history.push(ownPath(to))
        },
      },
    )
  }
  return (
    <PlainPage
      title={t('people.signIn.title')}
      foot={
        <Link to="/check" search={{}}>
          {t('people.signIn.check')}
        </Link>
      }
    >
      <p className="plain-intro">{t('tagline')}</p>
      <form
        className="plain-form"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {setup.data?.needed ? <div className="plain-alert note">{t('people.signIn.setup')}</div> : null}
        {to !== undefined && !signIn.error ? <div className="plain-alert note">{t('people.signIn.again')}</div> : null}
        <PlainProblem problem={signIn.error} />
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
          problem={signIn.error}
        />
        <PlainField
          label={t('people.signIn.password')}
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          problem={signIn.error}
        />
        <button className="plain-button" type="submit" disabled={signIn.isPending}>
          {t('people.signIn.submit')}
        </button>
      </form>
    </PlainPage>
  )
}
