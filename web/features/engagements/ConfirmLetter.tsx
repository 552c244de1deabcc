import { Button, Input } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useEngagement } from './engagement-context.ts'

/** The organizer has seen a letter and says whether it proves ownership. */
export function ConfirmLetter({ proofId, onDone }: { proofId: string; onDone: () => void }): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [note, setNote] = useState('')
  const fieldId = useId()
  const act = useAct('POST /api/engagements/:engagementId/proofs/:proofId/confirmation')
  const decide = (verdict: 'proven' | 'failed'): void =>
    act.mutate({ params: { engagementId, proofId }, body: { verdict, note } }, { onSuccess: onDone })
  const ready = note.trim().length >= 2 && !act.isPending
  return (
    <div className="record-form stack">
      <div className="stack-tight">
        <label htmlFor={fieldId}>{t('engagement.proofs.note')}</label>
        <Input.TextArea
          id={fieldId}
          rows={2}
          maxLength={1000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
      </div>
      <ProblemAlert problem={act.error} />
      <div className="button-row">
        <Button color="primary" variant="solid" disabled={!ready} onClick={() => decide('proven')}>
          {t('engagement.proofs.confirmProven')}
        </Button>
        <Button danger disabled={!ready} onClick={() => decide('failed')}>
          {t('engagement.proofs.confirmFailed')}
        </Button>
        <Button onClick={onDone}>{t('action.cancel')}</Button>
      </div>
    </div>
  )
}
