import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import type { LeaseView } from '@zhongheng/contracts/http/testers.ts'
import { App, Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import { TimeWindow } from '../../ui/TimeWindow.tsx'
import { LeaseTag } from './marks.tsx'

type NextState = 'active' | 'suspended' | 'revoked'

/** Access leases: who may test, until when. Organizer and auditor may cut one off; a tester may give the own one back. */
export function Leases({ page }: { page: EngagementPage }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const { engagementId } = page
  const isTester = page.myRole === 'tester'
  const found = useApi('GET /api/engagements/:engagementId/leases', { params: { engagementId } }, { every: 20_000 })
  const act = useAct('POST /api/engagements/:engagementId/leases/:leaseId/state')
  const [asked, setAsked] = useState<{ lease: LeaseView; state: NextState } | null>(null)
  const close = (): void => {
    setAsked(null)
    act.reset()
  }
  const words: Record<NextState, string> = {
    active: t('testers.lease.reactivate'),
    suspended: t('testers.lease.suspend'),
    revoked: t(isTester ? 'testers.lease.giveBack' : 'testers.lease.revoke'),
  }
  const choices = (lease: LeaseView): readonly NextState[] => {
    if (!page.may.includes('lease.revoke') || lease.state === 'revoked' || lease.state === 'expired') return []
    if (isTester) return ['revoked']
    return lease.state === 'suspended' ? ['active', 'revoked'] : ['suspended', 'revoked']
  }
  return (
    <Panel
      flush
      title={t(isTester ? 'testers.lease.title' : 'testers.lease.all')}
      about={t(isTester ? 'testers.lease.about' : 'testers.lease.allAbout')}
      extra={
        isTester && found.data && found.data.leases.length > 0 ? (
          <a href={addressOf('GET /api/engagements/:engagementId/ca.pem', { params: { engagementId } })} download>
            {t('testers.lease.ca')}
          </a>
        ) : undefined
      }
    >
      <Loaded query={found}>
        {({ leases }) => (
          <DataList
            label={t('testers.lease.all')}
            rows={leases}
            rowKey={(row) => row.leaseId}
            empty={<EmptyState icon="key" title={t('testers.lease.empty')} why={t('testers.lease.emptyWhy')} />}
            columns={[
              {
                key: 'who',
                label: t('testers.people.name'),
                role: 'lead',
                cell: (row) => (
                  <div>
                    <strong>{row.name}</strong>
                    <div className="mono muted">{row.proxyName}</div>
                    {row.state === 'active' && (
                      <div className="muted">
                        {t('testers.lease.gateway')} <span className="mono">{row.gateway}</span>
                      </div>
                    )}
                  </div>
                ),
              },
              { key: 'state', label: t('testers.people.state'), cell: (row) => <LeaseTag state={row.state} /> },
              {
                key: 'window',
                label: t('testers.lease.window'),
                cell: (row) => <TimeWindow opens={row.opens} closes={row.closes} lines />,
              },
              {
                key: 'limits',
                label: t('testers.lease.limits'),
                wide: true,
                cell: (row) =>
                  t('testers.lease.limitsText', {
                    rate: row.limits.requestsPerSecond,
                    concurrency: row.limits.concurrency,
                  }),
              },
              { key: 'issued', label: t('testers.lease.issued'), cell: (row) => <Moment at={row.issuedAt} /> },
              {
                key: 'ended',
                label: t('testers.lease.ended'),
                cell: (row) =>
                  row.endedAt === null ? (
                    '—'
                  ) : (
                    <span>
                      <Moment at={row.endedAt} />
                    </span>
                  ),
              },
              {
                key: 'act',
                label: '',
                role: 'end',
                cell: (row) => (
                  <span className="row-buttons">
                    {choices(row).map((state) => (
                      <Button
                        key={state}
                        size="small"
                        danger={state === 'revoked'}
                        onClick={() => setAsked({ lease: row, state })}
                      >
                        {words[state]}
                      </Button>
                    ))}
                  </span>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {asked ? (
        <ReasonModal
          title={t(`testers.lease.changeTitle.${asked.state}`, { name: asked.lease.name })}
          about={t('testers.lease.changeText')}
          confirm={words[asked.state]}
          danger={asked.state === 'revoked'}
          min={4}
          max={1000}
          pending={act.isPending}
          problem={act.error}
          onCancel={close}
          onConfirm={(reason) =>
            act.mutate(
              { params: { engagementId, leaseId: asked.lease.leaseId }, body: { state: asked.state, reason } },
              {
                onSuccess: () => {
                  close()
                  void message.success(t('testers.lease.done'))
                },
              },
            )
          }
        />
      ) : null}
    </Panel>
  )
}
