import { getRouteApi } from '@tanstack/react-router'
import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { Button, Result } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { drafts } from '../../app/drafts.ts'
import { useMe } from '../../app/session.ts'
import { useEngagement } from '../engagements/engagement-context.ts'
import { setBasket, useBasket } from '../traffic/basket.ts'
import { FindingForm } from './FindingForm.tsx'
import { ForSubmitters } from './ForSubmitters.tsx'
import { SubmissionNotes } from './SubmissionNotes.tsx'
import { draftPlace, emptyDraft } from './draft.ts'
import { importedPlace } from './imports/imported-drafts.ts'
import './findings.css'

const route = getRouteApi('/shell/engagements/$engagementId/findings/new')

/** A tester submits a finding. Afterwards: its number, and what happens next. */
export default function SubmitFindingTab(): ReactNode {
  return (
    <ForSubmitters>
      <SubmitFinding />
    </ForSubmitters>
  )
}

function SubmitFinding(): ReactNode {
  const { t } = useTranslation()
  const { personId } = useMe()
  const { engagementId } = useEngagement()
  const { draft } = route.useSearch()
  const place = draft === undefined ? draftPlace(engagementId, null) : importedPlace(engagementId, draft)
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
        place={place}
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
                drafts.drop(personId, place)
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
