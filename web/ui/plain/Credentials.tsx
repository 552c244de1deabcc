import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../../api/problem.ts'
import { PlainField } from './PlainField.tsx'

/** Login name and a new password, typed twice: for set-up and for accepting an invitation. */
export function Credentials({
  values,
  onChange,
  problem,
  differs,
}: {
  values: { login: string; password: string; repeat: string }
  onChange: (next: { login: string; password: string; repeat: string }) => void
  problem: ApiProblem | null
  differs: boolean
}): ReactNode {
  const { t } = useTranslation()
  const [shown, setShown] = useState(false)
  const type = shown ? 'text' : 'password'
  return (
    <>
      <PlainField
        label={t('people.signIn.login')}
        hint={t('people.credentials.loginHint')}
        name="login"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        minLength={3}
        maxLength={64}
        pattern="[a-z0-9][a-z0-9._@\-]*"
        value={values.login}
        onChange={(event) => onChange({ ...values, login: event.target.value.trim().toLowerCase() })}
        problem={problem}
      />
      <PlainField
        label={t('people.signIn.password')}
        hint={t('people.credentials.passwordHint')}
        name="password"
        type={type}
        autoComplete="new-password"
        required
        minLength={12}
        maxLength={200}
        value={values.password}
        onChange={(event) => onChange({ ...values, password: event.target.value })}
        problem={problem}
      />
      <PlainField
        label={t('people.credentials.repeat')}
        name="repeat"
        type={type}
        autoComplete="new-password"
        required
        value={values.repeat}
        onChange={(event) => onChange({ ...values, repeat: event.target.value })}
        fault={differs ? t('people.credentials.differs') : null}
      />
      <label className="plain-show">
        <input type="checkbox" checked={shown} onChange={(event) => setShown(event.target.checked)} />
        {t('people.credentials.show')}
      </label>
    </>
  )
}
