import { Button, Form, Input } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { useEngagement } from './engagement-context.ts'
import './scope/scope.css'

/** Reference and digest of a signed letter. The digest is computed here, so the letter itself stays where it is. */
export function ProofLetter({ proofId, onDone }: { proofId: string; onDone: () => void }): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [form] = Form.useForm<{ reference: string; sha256: string }>()
  const act = useAct('POST /api/engagements/:engagementId/proofs/:proofId/letter')
  const { error } = act
  useFormProblem(form, error)
  const digest = async (file: File): Promise<void> => {
    const hash = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
    form.setFieldValue(
      'sha256',
      Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join(''),
    )
  }
  return (
    <Form
      form={form}
      layout="vertical"
      className="record-form"
      requiredMark={false}
      onFinish={(body) =>
        act.mutate(
          {
            params: { engagementId, proofId },
            body: { reference: body.reference.trim(), sha256: body.sha256.trim().toLowerCase() },
          },
          { onSuccess: onDone },
        )
      }
    >
      <Form.Item
        name="reference"
        label={t('engagement.proofs.letterReference')}
        rules={[
          {
            required: true,
            min: 2,
            max: 200,
            message: t('form.required', { label: t('engagement.proofs.letterReference') }),
          },
        ]}
      >
        <Input maxLength={200} />
      </Form.Item>
      <Form.Item
        name="sha256"
        label={t('engagement.proofs.letterSha')}
        extra={t('engagement.proofs.letterShaHint')}
        rules={[{ required: true, pattern: /^\s*[0-9a-fA-F]{64}\s*$/, message: t('engagement.proofs.letterShaHint') }]}
      >
        <Input className="mono" maxLength={70} spellCheck={false} />
      </Form.Item>
      <div className="stack">
        <ProblemAlert problem={act.error} />
        <div className="button-row">
          <Button color="primary" variant="solid" htmlType="submit" loading={act.isPending}>
            {t('engagement.proofs.sendLetter')}
          </Button>
          {/* The hash function of browsers exists on secure origins only. */}
          {isSecureContext ? (
            <label className="file-button">
              {t('engagement.proofs.letterFile')}
              <input
                type="file"
                onChange={(event) => {
                  const file = event.target.files?.[0]
                  if (file) void digest(file)
                  event.target.value = ''
                }}
              />
            </label>
          ) : null}
          <Button onClick={onDone}>{t('action.cancel')}</Button>
        </div>
      </div>
    </Form>
  )
}
