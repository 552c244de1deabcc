import type { ProofView } from '@zhongheng/contracts/http/engagements.ts'
import { Button, Radio } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useEngagement } from './engagement-context.ts'

const methods: readonly ProofView['method'][] = ['dns', 'file', 'letter']

/** Chooses how one object is proven and asks for its challenge. */
export function StartProof({ object, onDone }: { object: string; onDone: () => void }): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [method, setMethod] = useState<ProofView['method']>('dns')
  const act = useAct('POST /api/engagements/:engagementId/proofs')
  return (
    <div className="record-form stack">
      <Radio.Group value={method} onChange={(event) => setMethod(event.target.value as ProofView['method'])}>
        <div className="stack-tight">
          {methods.map((one) => (
            <Radio key={one} value={one}>
              {t(`engagement.proofs.methods.${one}`)}{' '}
              <span className="muted">{t(`engagement.proofs.methodHints.${one}`)}</span>
            </Radio>
          ))}
        </div>
      </Radio.Group>
      <ProblemAlert problem={act.error} />
      <div className="button-row">
        <Button
          color="primary"
          variant="solid"
          loading={act.isPending}
          onClick={() => act.mutate({ params: { engagementId }, body: { object, method } }, { onSuccess: onDone })}
        >
          {t('engagement.proofs.ask')}
        </Button>
        <Button onClick={onDone}>{t('action.cancel')}</Button>
      </div>
    </div>
  )
}
