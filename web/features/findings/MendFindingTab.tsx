import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { drafts } from '../../app/drafts.ts'
import { useMe } from '../../app/session.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { FindingForm } from './FindingForm.tsx'
import { SubmissionNotes } from './SubmissionNotes.tsx'
import { draftPlace } from './draft.ts'
import { useFinding } from './use-finding.ts'
import './findings.css'

const route = getRouteApi('/shell/engagements/$engagementId/findings/$findingId/edit')

/** The tester mends a returned finding; what asked for it stands above the form. */
export default function MendFindingTab(): ReactNode {
  const { engagementId, findingId } = route.useParams()
  const found = useFinding(engagementId, findingId)
  return <Loaded query={found}>{(page) => <Mend page={page} />}</Loaded>
}

function Mend({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const { personId } = useMe()
  const { engagementId, findingId } = page
  const act = useAct('PUT /api/engagements/:engagementId/findings/:findingId')
  const [start] = useState({
    title: page.title,
    asset: page.asset,
    cwe: page.cwe,
    cvssVector: page.cvssVector,
    severity: page.testerSeverity,
    description: page.description,
    steps: page.steps,
    impact: page.impact,
    repair: page.repair,
    cites: page.evidence.map(({ exchangeId, method, host, path, status, startedAt }) => ({
      exchangeId,
      method,
      host,
      path,
      status,
      startedAt,
    })),
  })
  const returned = page.decisions.findLast(({ to }) => to === 'returned')
  return (
    <div className="columns">
      <FindingForm
        engagementId={engagementId}
        findingId={findingId}
        start={start}
        submit={t('findings.form.resubmit')}
        pending={act.isPending}
        problem={act.error}
        onSubmit={(body) =>
          act.mutate(
            { params: { engagementId, findingId }, body: { ...body, version: page.version } },
            {
              onSuccess: () => {
                drafts.drop(personId, draftPlace(engagementId, findingId))
                void navigate({
                  to: '/engagements/$engagementId/findings/$findingId',
                  params: { engagementId, findingId },
                })
              },
            },
          )
        }
      />
      <SubmissionNotes {...(returned ? { returned: returned.reason } : {})} />
    </div>
  )
}
