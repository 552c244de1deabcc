import { Link, getRouteApi } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui/Icon.tsx'
import { FindingView } from './FindingView.tsx'
import './findings.css'

const route = getRouteApi('/shell/engagements/$engagementId/findings/$findingId')

/** One finding on its own page. */
export default function FindingTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId, findingId } = route.useParams()
  return (
    <section className="panel finding-sheet">
      <FindingView
        key={findingId}
        engagementId={engagementId}
        findingId={findingId}
        back={
          <Link to="/engagements/$engagementId/findings" params={{ engagementId }} className="finding-back">
            <Icon name="back" size={16} />
            {t('findings.page.back')}
          </Link>
        }
      />
    </section>
  )
}
