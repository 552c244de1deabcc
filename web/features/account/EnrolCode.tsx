import type { SignedIn } from '@zhongheng/contracts/http/account.ts'
import { Button, Form, Input, QRCode } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import './account.css'

/** Shows a new secret as picture and text, and switches it on by its first code. */
export function EnrolCode({
  onEnrolled,
}: {
  onEnrolled: (done: { recoveryCodes: string[] | null; waitsFor: SignedIn['waitsFor'] }) => void
}): ReactNode {
  const { t } = useTranslation()
  const begin = useAct('POST /api/account/code', { quiet: true })
  const confirm = useAct('POST /api/account/code/confirmation', { quiet: true })
  const [code, setCode] = useState('')
  const { mutate } = begin
  useEffect(() => mutate({}), [mutate])
  if (begin.error) return <ProblemAlert problem={begin.error} />
  if (!begin.data) return <Loading lines={3} />
  const { secret, address } = begin.data
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      onFinish={() => confirm.mutate({ body: { code } }, { onSuccess: onEnrolled })}
    >
      <div className="stack">
        <p className="quiet">{t('account.code.scan')}</p>
        <div className="enrol-picture">
          <QRCode value={address} size={184} color="#000000" bgColor="#ffffff" bordered={false} />
        </div>
        <div>
          <p className="muted">{t('account.code.manual')}</p>
          <div className="secret-box">
            <code>{secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
            <CopyButton text={secret} />
          </div>
        </div>
        <Form.Item label={t('account.code.label')} htmlFor="enrol-code" className="enrol-code">
          <Input
            id="enrol-code"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={6}
            value={code}
            onChange={(event) => setCode(event.target.value.replace(/\D/g, ''))}
          />
        </Form.Item>
        <ProblemAlert problem={confirm.error} />
        <Button type="primary" htmlType="submit" block loading={confirm.isPending} disabled={code.length !== 6}>
          {t('account.code.confirm')}
        </Button>
      </div>
    </Form>
  )
}
