import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { Button, Result } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { setBasket, useBasket } from '../traffic/basket.ts'
import { FindingForm } from './FindingForm.tsx'
import { SubmissionNotes } from './SubmissionNotes.tsx'
import { draftKey, draftStore, emptyDraft } from './draft.ts'
import './findings.css'

/** A tester submits a finding. Afterwards: its number, and what happens next. */
export default function SubmitFindingTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const basket = useBasket(engagementId)
  const [start] = useState({ ...emptyDraft, cites: basket })
  const [done, setDone] = useState<FindingPage | null>(null)
  const act = useAct('POST /api/engagements/:engagementId/findings')
  if (done)
    return (
      <Result
        status="success"
        title={t('findings.form.done', { number: done.number })}
        subTitle={t('findings.form.doneText')}
        extra={
          <div className="button-row result-buttons">
            <LinkButton
              color="primary"
              variant="solid"
              to="/engagements/$engagementId/findings/$findingId"
              params={{ engagementId, findingId: done.findingId }}
            >
              {t('findings.form.toFinding')}
            </LinkButton>
            <Button onClick={() => location.reload()}>{t('findings.form.another')}</Button>
          </div>
        }
      />
    )
  return (
    <div className="columns">
      <FindingForm
        engagementId={engagementId}
        findingId={null}
        start={start}
        submit={t('findings.form.submit')}
        pending={act.isPending}
        problem={act.error}
        onEvidence={(items) => setBasket(engagementId, items)}
        onSubmit={(body) =>
          act.mutate(
            { params: { engagementId }, body },
            {
              onSuccess: (page) => {
                draftStore.drop(draftKey(engagementId, null))
                setBasket(engagementId, [])
                setDone(page)
                scrollTo({ top: 0 })
              },
            },
          )
        }
      />
      <SubmissionNotes />
    </div>
  )
}
