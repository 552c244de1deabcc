import type { SignedIn } from '@zhongheng/contracts/http/account.ts'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { PlainField } from '../../ui/plain/PlainField.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'
import { HouseButton } from './HouseButton.tsx'
import { PasskeyButton } from './PasskeyButton.tsx'

/** Passkey first, where this address can have them; else login name and password. */
export function FirstStep({
  passkeys,
  again,
  house,
  onDone,
}: {
  passkeys: boolean
  again: boolean
  /** The house whose provider is offered, from the address that its administrators hand out. */
  house: string | undefined
  onDone: (done: SignedIn) => void
}): ReactNode {
  const { t } = useTranslation()
  const signIn = useAct('POST /api/sign-in', { quiet: true })
  const setup = useApi('GET /api/setup')
  const [login, setLogin] = useState('')
  const [password, setPassword] = useState('')
  return (
    <>
      <p className="plain-intro">{t('tagline')}</p>
      {passkeys || house !== undefined ? (
        <div className="plain-form">
          {house === undefined ? null : <HouseButton house={house} />}
          {passkeys ? <PasskeyButton label={t('account.signIn.passkey')} onDone={onDone} /> : null}
          <div className="plain-or">{t('account.signIn.or')}</div>
        </div>
      ) : null}
      <form
        className="plain-form"
        onSubmit={(event) => {
          event.preventDefault()
          signIn.mutate({ body: { login, password } }, { onSuccess: onDone })
        }}
      >
        {setup.data?.needed ? <div className="plain-alert note">{t('people.signIn.setup')}</div> : null}
        {again && !signIn.error ? <div className="plain-alert note">{t('people.signIn.again')}</div> : null}
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
        <button
          className={passkeys || house !== undefined ? 'plain-button second' : 'plain-button'}
          type="submit"
          disabled={signIn.isPending}
        >
          {t('people.signIn.submit')}
        </button>
        <Link to="/password-lost" className="plain-aside">
          {t('account.signIn.lost')}
        </Link>
      </form>
    </>
  )
}
