import { Button, Form, Input, Modal } from 'antd'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { answerStepUp } from '../../api/step-up.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { showPasskey, wasStopped } from './passkeys.ts'

type Ways = Reply<'GET /api/step-up'>

/** Opens when a dangerous act asks for it: confirm by passkey, or by password and one-time code. */
export default function StepUpDialog(): ReactNode {
  const { t } = useTranslation()
  const [ways, setWays] = useState<Ways | null>(null)
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const [pending, setPending] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const settle = useRef<(confirmed: boolean) => void>(undefined)

  const finish = useCallback((confirmed: boolean): void => {
    settle.current?.(confirmed)
    settle.current = undefined
    setWays(null)
    setPassword('')
    setCode('')
    setProblem(null)
  }, [])
  useEffect(
    () =>
      answerStepUp(async () => {
        const found = await call('GET /api/step-up').catch(() => null)
        if (!found) return false
        setWays(found)
        return new Promise<boolean>((resolve) => {
          settle.current = resolve
        })
      }),
    [],
  )
  const attempt = async (task: () => Promise<unknown>): Promise<void> => {
    setPending(true)
    setProblem(null)
    try {
      await task()
      finish(true)
    } catch (error) {
      if (error instanceof ApiProblem) setProblem(error)
      else if (!wasStopped(error)) throw error
    } finally {
      setPending(false)
    }
  }
  const byPasskey = (): Promise<void> =>
    attempt(async () =>
      call('POST /api/step-up/passkey', {
        body: { credential: await showPasskey('POST /api/step-up/passkey/options') },
      }),
    )
  const byPassword = (): Promise<void> =>
    attempt(() => call('POST /api/step-up', { body: { password, ...(ways?.code ? { code } : {}) } }))
  // Somebody whose only second factor is a passkey confirms with it: a password alone would be less than signing in was.
  const withPassword = ways !== null && (ways.code || !ways.passkey)
  return (
    <Modal
      open={ways !== null}
      title={t('account.stepUp.title')}
      onCancel={() => finish(false)}
      footer={null}
      zIndex={1200}
      destroyOnHidden
    >
      <div className="stack">
        <p className="quiet">{t('account.stepUp.why')}</p>
        {ways?.passkey ? (
          <Button type="primary" block loading={pending} onClick={() => void byPasskey()}>
            {t('account.stepUp.passkey')}
          </Button>
        ) : null}
        {withPassword ? (
          <Form layout="vertical" requiredMark={false} onFinish={() => void byPassword()}>
            <Form.Item label={t('people.signIn.password')} htmlFor="step-up-password">
              <Input.Password
                id="step-up-password"
                autoComplete="current-password"
                autoFocus
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Form.Item>
            {ways?.code ? (
              <Form.Item label={t('account.code.label')} htmlFor="step-up-code">
                <Input
                  id="step-up-code"
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  maxLength={6}
                  value={code}
                  onChange={(event) => setCode(event.target.value.replace(/\D/g, ''))}
                />
              </Form.Item>
            ) : null}
            <Button
              htmlType="submit"
              type={ways?.passkey ? 'default' : 'primary'}
              block
              loading={pending}
              disabled={password === '' || (ways?.code === true && code.length !== 6)}
            >
              {t('account.stepUp.confirm')}
            </Button>
          </Form>
        ) : null}
        <ProblemAlert problem={problem} />
      </div>
    </Modal>
  )
}
