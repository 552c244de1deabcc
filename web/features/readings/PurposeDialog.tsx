import { Form, Input, Modal } from 'antd'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import { ApiProblem } from '../../api/problem.ts'
import { answerPurpose } from '../../api/reading-purpose.ts'
import { useLanguage } from '../../i18n/index.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

type Asked = { readonly engagementId: string; readonly problem: ApiProblem }
const shortest = 10

/** Opens when a reading is beyond the budget: with a purpose the same reading goes on. */
export default function PurposeDialog(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const [asked, setAsked] = useState<Asked | null>(null)
  const [purpose, setPurpose] = useState('')
  const [pending, setPending] = useState(false)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const settle = useRef<(stated: boolean) => void>(undefined)
  useEffect(
    () =>
      answerPurpose((question) => {
        setAsked(question)
        return new Promise<boolean>((resolve) => {
          settle.current = resolve
        })
      }),
    [],
  )
  const finish = (stated: boolean): void => {
    settle.current?.(stated)
    settle.current = undefined
    setAsked(null)
    setPurpose('')
    setProblem(null)
  }
  const state = async (): Promise<void> => {
    if (asked === null || purpose.trim().length < shortest) return
    setPending(true)
    setProblem(null)
    try {
      const { engagementId } = asked
      await call('POST /api/engagements/:engagementId/reading-purposes', {
        params: { engagementId },
        body: { purpose: purpose.trim() },
      })
      finish(true)
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error
      setProblem(error)
    } finally {
      setPending(false)
    }
  }
  return (
    <Modal
      open={asked !== null}
      title={t('readings.purpose.title')}
      okText={t('readings.purpose.go')}
      okButtonProps={{ disabled: purpose.trim().length < shortest }}
      confirmLoading={pending}
      onOk={() => void state()}
      onCancel={() => finish(false)}
      zIndex={1150}
      destroyOnHidden
    >
      <div className="stack">
        <p>{asked === null ? '' : say(asked.problem.text)}</p>
        <Form layout="vertical" requiredMark={false}>
          <Form.Item label={t('readings.purpose.label')} htmlFor="reading-purpose" extra={t('readings.purpose.about')}>
            <Input.TextArea
              id="reading-purpose"
              autoFocus
              rows={3}
              maxLength={500}
              placeholder={t('readings.purpose.hint')}
              value={purpose}
              onChange={(event) => setPurpose(event.target.value)}
            />
          </Form.Item>
        </Form>
        <ProblemAlert problem={problem} />
      </div>
    </Modal>
  )
}
