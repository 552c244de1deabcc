import type { SignedIn } from '@zhongheng/contracts/http/account.ts'
import { Button, Form, Input } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { makePasskey, wasStopped } from './passkeys.ts'

/** Names a passkey and makes it. */
export function AddPasskey({
  onAdded,
}: {
  onAdded: (done: { recoveryCodes: string[] | null; waitsFor: SignedIn['waitsFor'] }) => void
}): ReactNode {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [pending, setPending] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [failed, setFailed] = useState(false)
  const add = async (): Promise<void> => {
    setPending(true)
    setProblem(null)
    setFailed(false)
    try {
      const credential = await makePasskey()
      onAdded(await call('POST /api/account/passkeys', { body: { name: name.trim(), credential } }))
    } catch (error) {
      if (error instanceof ApiProblem) setProblem(error)
      else setFailed(!wasStopped(error))
    } finally {
      setPending(false)
    }
  }
  return (
    <Form layout="vertical" requiredMark={false} onFinish={() => void add()}>
      <Form.Item label={t('account.passkeys.name')} htmlFor="passkey-name" extra={t('account.passkeys.nameHint')}>
        <Input
          id="passkey-name"
          maxLength={60}
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
      </Form.Item>
      <div className="stack">
        <ProblemAlert problem={problem} />
        {failed ? <Notice tone="bad">{t('account.passkeys.browserRefused')}</Notice> : null}
        <Button type="primary" htmlType="submit" block loading={pending} disabled={name.trim() === ''}>
          {t('account.passkeys.add')}
        </Button>
      </div>
    </Form>
  )
}
