import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../../api/problem.ts'
import { PlainField } from '../../ui/plain/PlainField.tsx'

/** A new password, typed twice; `onFit` gets it once both are the same. */
export function NewPassword({
  problem,
  pending,
  submit,
  children,
  onFit,
}: {
  problem: ApiProblem | null
  pending: boolean
  submit: string
  children?: ReactNode
  onFit: (password: string) => void
}): ReactNode {
  const { t } = useTranslation()
  const [password, setPassword] = useState('')
  const [repeat, setRepeat] = useState('')
  const [differs, setDiffers] = useState(false)
  return (
    <form
      className="plain-form"
      onSubmit={(event) => {
        event.preventDefault()
        setDiffers(password !== repeat)
        if (password === repeat) onFit(password)
      }}
    >
      {children}
      <PlainField
        label={t('account.password.next')}
        hint={t('account.password.rule')}
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={12}
        maxLength={128}
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        problem={problem}
      />
      <PlainField
        label={t('people.credentials.repeat')}
        name="repeat"
        type="password"
        autoComplete="new-password"
        required
        value={repeat}
        onChange={(event) => setRepeat(event.target.value)}
        fault={differs ? t('people.credentials.differs') : null}
      />
      <button className="plain-button" type="submit" disabled={pending}>
        {submit}
      </button>
    </form>
  )
}
