import type { SignedIn } from '@zhongheng/contracts/http/account.ts'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { PlainField } from '../../ui/plain/PlainField.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'
import { PasskeyButton } from './PasskeyButton.tsx'

type Factor = 'code' | 'passkey' | 'recovery'

/** The second factor of a login whose password was right. Without it the login opens nothing. */
export function SecondFactorStep({
  factors,
  onDone,
  onBack,
}: {
  factors: readonly Factor[]
  onDone: (done: SignedIn) => void
  onBack: () => void
}): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/sign-in/second-factor', { quiet: true })
  const leave = useAct('POST /api/sign-out', { quiet: true })
  const [recovery, setRecovery] = useState(false)
  const [text, setText] = useState('')
  const byCode = factors.includes('code') && !recovery
  const switchWay = (): void => {
    setRecovery(!recovery)
    setText('')
    act.reset()
  }
  return (
    <>
      <p className="plain-intro">
        {recovery ? t('account.secondFactor.recoveryIntro') : t('account.secondFactor.intro')}
      </p>
      <form
        className="plain-form"
        onSubmit={(event) => {
          event.preventDefault()
          act.mutate({ body: byCode ? { code: text } : { recoveryCode: text } }, { onSuccess: onDone })
        }}
      >
        {factors.includes('passkey') && !recovery ? (
          <PasskeyButton label={t('account.signIn.passkey')} onDone={onDone} />
        ) : null}
        <PlainProblem problem={act.error} />
        {byCode ? (
          <PlainField
            label={t('account.code.label')}
            hint={t('account.code.hint')}
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            pattern="[0-9]{6}"
            maxLength={6}
            required
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value.replace(/\D/g, ''))}
          />
        ) : recovery ? (
          <PlainField
            label={t('account.recovery.label')}
            hint={t('account.recovery.hint')}
            name="recoveryCode"
            autoComplete="off"
            spellCheck={false}
            minLength={8}
            maxLength={40}
            required
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        ) : null}
        {byCode || recovery ? (
          <button className="plain-button" type="submit" disabled={act.isPending}>
            {t('people.signIn.submit')}
          </button>
        ) : null}
        <div className="plain-asides">
          {factors.includes('recovery') && (factors.length > 1 || !recovery) ? (
            <button type="button" className="plain-aside" onClick={switchWay}>
              {recovery ? t('account.secondFactor.useCode') : t('account.secondFactor.useRecovery')}
            </button>
          ) : null}
          <button type="button" className="plain-aside" onClick={() => leave.mutate({}, { onSettled: onBack })}>
            {t('account.secondFactor.back')}
          </button>
        </div>
        <p className="plain-hint">{t('account.secondFactor.lost')}</p>
      </form>
    </>
  )
}
