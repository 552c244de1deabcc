import { Link } from '@tanstack/react-router'
import { Button, Dropdown } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loading } from '../../ui/Loaded.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { maySubmit } from './may-submit.ts'
import { FindingRows } from './FindingRows.tsx'
import { ImportedDrafts } from './imports/ImportedDrafts.tsx'
import { useFindings } from './use-findings.ts'
import './findings.css'

/** The findings of one engagement. */
export default function FindingsTab(): ReactNode {
  const { t } = useTranslation()
  const page = useEngagement()
  const { engagementId, myRole } = page
  const found = useFindings('all', { engagementId })
  const submits = maySubmit(page)
  const submit = submits ? (
    <LinkButton color="primary" variant="solid" to="/engagements/$engagementId/findings/new" params={{ engagementId }}>
      {t('findings.list.submit')}
    </LinkButton>
  ) : undefined
  return (
    <Panel
      flush
      title={t('findings.title')}
      extra={
        <div className="button-row">
          <Link to="/findings" search={{ engagementId }}>
            {t('findings.list.inboxAll')}
          </Link>
          {found.data && found.data.rows.length > 0 ? (
            <Dropdown
              menu={{
                items: (['csv', 'xlsx'] as const).map((format) => ({
                  key: format,
                  label: (
                    <a
                      href={addressOf(`GET /api/engagements/:engagementId/findings.${format}`, {
                        params: { engagementId },
                      })}
                      download
                    >
                      {format.toUpperCase()}
                    </a>
                  ),
                })),
              }}
            >
              <Button title={t('imports.exportAbout')}>{t('imports.export')}</Button>
            </Dropdown>
          ) : null}
          {submits ? (
            <LinkButton to="/engagements/$engagementId/findings/import" params={{ engagementId }}>
              {t('imports.title')}
            </LinkButton>
          ) : null}
          {submit}
        </div>
      }
    >
      {submits ? <ImportedDrafts engagementId={engagementId} /> : null}
      <ProblemAlert problem={found.error} onRetry={() => void found.refetch()} />
      {found.data === undefined && !found.error ? <Loading lines={6} /> : null}
      {found.data?.rows.length === 0 ? (
        <EmptyState
          icon="bug"
          title={t('findings.list.none')}
          why={t(`findings.list.noneWhy.${myRole}`)}
          action={submit}
        />
      ) : null}
      {found.data && found.data.rows.length > 0 ? (
        <FindingRows
          rows={found.data.rows}
          showEngagement={false}
          more={
            found.hasNextPage
              ? { loading: found.isFetchingNextPage, load: () => void found.fetchNextPage() }
              : undefined
          }
        />
      ) : null}
    </Panel>
  )
}
