import type { DecoyView } from '@zhongheng/contracts/http/decoys.ts'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { App, Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { LedgerTag } from '../../ui/LedgerTag.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { roleWord } from '../engagements/role-word.ts'
import { DecoyForm } from './DecoyForm.tsx'

const openingsKey = 'GET /api/engagements/:engagementId/decoy-openings'
type Opening = Reply<typeof openingsKey>['openings'][number]

/** Who came upon a decoy of this engagement; and, for those who may know, which findings are decoys. */
export default function DecoysTab(): ReactNode {
  const { engagementId, may } = useEngagement()
  return (
    <div className="stack">
      <Openings engagementId={engagementId} />
      {may.includes('decoy.list') ? <Decoys engagementId={engagementId} /> : null}
    </div>
  )
}

function Openings({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const found = useApi(openingsKey, { params: { engagementId } })
  return (
    <Panel flush title={t('decoys.openings')} about={t('decoys.openingsAbout')}>
      <Loaded query={found} lines={2}>
        {({ openings }) => (
          <DataList
            label={t('decoys.openings')}
            rows={openings}
            rowKey={(row: Opening) => row.eventId}
            empty={<EmptyState icon="shield" title={t('decoys.noOpenings')} why={t('decoys.noOpeningsWhy')} />}
            columns={[
              { key: 'at', label: t('decoys.column.at'), cell: (row) => <Moment at={row.at} seconds /> },
              {
                key: 'who',
                label: t('decoys.column.who'),
                role: 'lead',
                cell: (row) => (
                  <span className="stack-tight">
                    <strong>{row.personName || t('decoys.outsider')}</strong>
                    <span className="muted">
                      {row.orgName}
                      {row.role === null ? null : ` · ${roleWord(row.role, t)}`}
                    </span>
                  </span>
                ),
              },
              { key: 'way', label: t('decoys.column.way'), cell: (row) => t(`decoys.way.${row.way}`) },
              {
                key: 'number',
                label: t('decoys.column.number'),
                cell: (row) => <span className="mono">{row.number}</span>,
              },
              {
                key: 'ledger',
                label: t('decoys.column.ledger'),
                role: 'end',
                wide: true,
                cell: (row) => <LedgerTag index={row.ledgerIndex} />,
              },
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}

function Decoys({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/engagements/:engagementId/decoys', { params: { engagementId } })
  const [editing, setEditing] = useState<DecoyView | 'new' | null>(null)
  const placed = found.data
  return (
    <Panel
      title={t('decoys.title')}
      about={t('decoys.about')}
      extra={
        placed?.mayPlace === true ? (
          <Button type="primary" onClick={() => setEditing('new')}>
            {t('decoys.place')}
          </Button>
        ) : null
      }
    >
      <Loaded query={found} lines={3}>
        {({ decoys }) =>
          decoys.length === 0 ? (
            <EmptyState icon="shield" title={t('decoys.none')} why={t('decoys.noneWhy')} />
          ) : (
            <div className="stack">
              {decoys.map((decoy) => (
                <Decoy
                  key={decoy.findingId}
                  decoy={decoy}
                  engagementId={engagementId}
                  onEdit={placed?.mayPlace === true && decoy.own ? () => setEditing(decoy) : null}
                />
              ))}
            </div>
          )
        }
      </Loaded>
      {editing === null || placed === undefined ? null : (
        <DecoyForm
          engagementId={engagementId}
          decoy={editing === 'new' ? null : editing}
          testers={placed.testers}
          assets={placed.assets}
          onClose={() => setEditing(null)}
        />
      )}
    </Panel>
  )
}

function Decoy({
  decoy,
  engagementId,
  onEdit,
}: {
  decoy: DecoyView
  engagementId: string
  onEdit: (() => void) | null
}): ReactNode {
  const { t } = useTranslation()
  const { modal } = App.useApp()
  const act = useAct('POST /api/engagements/:engagementId/decoys/:findingId/removal')
  const { removed } = decoy
  const ask = (): void =>
    void modal.confirm({
      title: t('decoys.remove'),
      content: t('decoys.removeAbout'),
      okText: t('decoys.remove'),
      cancelText: t('action.cancel'),
      okButtonProps: { danger: true },
      onOk: () =>
        act
          .mutateAsync({ params: { engagementId, findingId: decoy.findingId }, body: { version: decoy.version } })
          // Shown in the panel, which stays.
          .catch(() => undefined),
    })
  return (
    <Panel
      title={`${decoy.number} · ${decoy.title}`}
      about={
        <>
          {decoy.placedBy} · {decoy.placedByOrganisation} · <Moment at={decoy.placedAt} />
        </>
      }
      extra={
        <span className={`chip ${removed ? 'state-plain' : decoy.openings > 0 ? 'state-bad' : 'state-good'}`}>
          {t(removed ? 'decoys.state.removed' : decoy.openings > 0 ? 'decoys.state.met' : 'decoys.state.quiet')}
        </span>
      }
    >
      <div className="stack">
        <Facts
          rows={[
            [t('decoys.severity'), <SeverityPill key="severity" severity={decoy.severity} />],
            [
              t('decoys.asset'),
              <span key="asset" className="mono break">
                {decoy.asset}
              </span>,
            ],
            [t('decoys.tester'), decoy.testerName],
            [t('decoys.settles'), <Moment key="settles" at={decoy.settlesAt} />],
            [t('decoys.met'), String(decoy.openings)],
            [
              t('decoys.note'),
              <span key="note" className="break">
                {decoy.note}
              </span>,
            ],
            ...(removed === null
              ? []
              : [
                  [
                    t('decoys.removed'),
                    <span key="removed">
                      {removed.by} · <Moment at={removed.at} />
                    </span>,
                  ] as const,
                ]),
          ]}
        />
        <ProblemAlert problem={act.error} />
        {onEdit === null || removed !== null ? null : (
          <div className="button-row">
            <Button onClick={onEdit}>{t('decoys.change')}</Button>
            <Button danger loading={act.isPending} onClick={ask}>
              {t('decoys.remove')}
            </Button>
          </div>
        )}
      </div>
    </Panel>
  )
}
