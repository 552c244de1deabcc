import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { PlainField } from '../../ui/plain/PlainField.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'
import { NewPassword } from './NewPassword.tsx'

/** A password that has its age is changed before anything else opens. */
export function NewPasswordStep({ onDone }: { onDone: () => void }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/account/password', { quiet: true })
  const [current, setCurrent] = useState('')
  return (
    <>
      <p className="plain-intro">{t('account.newPassword.intro')}</p>
      <NewPassword
        problem={act.error}
        pending={act.isPending}
        submit={t('account.newPassword.submit')}
        onFit={(password) => act.mutate({ body: { current, password } }, { onSuccess: onDone })}
      >
        <PlainProblem problem={act.error} />
        <PlainField
          label={t('account.password.current')}
          name="current"
          type="password"
          autoComplete="current-password"
          required
          autoFocus
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
          problem={act.error}
        />
      </NewPassword>
    </>
  )
}
