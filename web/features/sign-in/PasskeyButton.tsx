import type { SignedIn } from '@zhongheng/contracts/http/account.ts'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'
import { showPasskey, wasStopped } from '../account/passkeys.ts'

/** Signs in with a passkey. Stopping the browser's dialog says nothing; an answer that does not count says why. */
export function PasskeyButton({ label, onDone }: { label: string; onDone: (done: SignedIn) => void }): ReactNode {
  const { t } = useTranslation()
  const [pending, setPending] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [failed, setFailed] = useState(false)
  const sign = async (): Promise<void> => {
    setPending(true)
    setProblem(null)
    setFailed(false)
    try {
      const credential = await showPasskey('POST /api/sign-in/passkey/options')
      onDone(await call('POST /api/sign-in/passkey', { body: { credential } }))
    } catch (error) {
      if (error instanceof ApiProblem) setProblem(error)
      else setFailed(!wasStopped(error))
    } finally {
      setPending(false)
    }
  }
  return (
    <>
      <PlainProblem problem={problem} />
      {failed ? <div className="plain-alert">{t('account.passkeys.browserRefused')}</div> : null}
      <button type="button" className="plain-button" disabled={pending} onClick={() => void sign()}>
        {label}
      </button>
    </>
  )
}
