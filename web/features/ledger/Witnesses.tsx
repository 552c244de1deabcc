import type { WitnessView } from '@zhongheng/contracts/http/witnesses.ts'
import { Button, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { RegisterWitness } from './RegisterWitness.tsx'
import { WitnessChip } from './WitnessChip.tsx'

/** Who watches the ledger from elsewhere, and how far each has come. */
export function Witnesses(): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const me = useMe()
  const found = useApi('GET /api/ledger/witnesses', {}, { every: 10_000 })
  const [registering, setRegistering] = useState(false)
  const [removing, setRemoving] = useState<WitnessView | null>(null)
  const may = me.may.includes('witness.register')
  const button = may ? <Button onClick={() => setRegistering(true)}>{t('witnesses.register')}</Button> : undefined
  return (
    <Panel title={t('witnesses.title')} about={t('witnesses.about')} flush extra={button}>
      <Loaded query={found} lines={3}>
        {({ witnesses }) => {
          const strange = witnesses.filter((one) => one.state === 'disagrees')
          return (
            <>
              {strange.length > 0 ? (
                <div className="witness-alarm">
                  <Notice tone="bad" title={t('witnesses.alarm', { count: strange.length })}>
                    {strange.map((one) => (
                      <p key={one.witnessId}>
                        <span className="mono">{one.name}</span>:{' '}
                        {t('witnesses.disagrees', { size: one.disagrees?.size.toLocaleString(language) ?? '' })}
                      </p>
                    ))}
                  </Notice>
                </div>
              ) : null}
              <DataList
                label={t('witnesses.title')}
                rows={witnesses}
                rowKey={(row) => row.witnessId}
                empty={
                  <EmptyState
                    icon="shield"
                    title={t('witnesses.empty')}
                    why={may ? t('witnesses.emptyWhy') : t('witnesses.emptyOther')}
                  />
                }
                columns={[
                  {
                    key: 'name',
                    label: t('witnesses.name'),
                    role: 'lead',
                    cell: (row) => (
                      <div className="witness-name">
                        <strong>{row.name}</strong>
                        <code className="ledger-id muted" title={`${t('witnesses.key')}: ${row.fingerprint}`}>
                          {row.fingerprint}
                        </code>
                      </div>
                    ),
                  },
                  { key: 'org', label: t('witnesses.org'), cell: (row) => row.orgName },
                  {
                    key: 'state',
                    label: t('witnesses.state'),
                    cell: (row) => (
                      <span {...(row.state === 'late' ? { title: t('witnesses.late') } : {})}>
                        <WitnessChip state={row.state} />
                      </span>
                    ),
                  },
                  {
                    key: 'last',
                    label: t('witnesses.last'),
                    cell: (row) =>
                      row.last ? (
                        <span>
                          {t('witnesses.lastText', { size: row.last.size.toLocaleString(language) })}
                          <Moment at={row.last.at} />
                        </span>
                      ) : (
                        <span className="muted">{t('witnesses.never')}</span>
                      ),
                  },
                  {
                    key: 'lag',
                    label: t('witnesses.lag'),
                    role: 'end',
                    cell: (row) =>
                      row.lag === null || row.removedAt !== null ? (
                        '—'
                      ) : (
                        <span className="witness-lag">{t('witnesses.lagEntries', { count: row.lag })}</span>
                      ),
                  },
                  ...(may
                    ? [
                        {
                          key: 'act',
                          label: '',
                          role: 'end' as const,
                          cell: (row: WitnessView) =>
                            row.mine && row.removedAt === null ? (
                              <Button size="small" danger onClick={() => setRemoving(row)}>
                                {t('witnesses.remove')}
                              </Button>
                            ) : null,
                        },
                      ]
                    : []),
                ]}
              />
            </>
          )
        }}
      </Loaded>
      {registering ? <RegisterWitness onClose={() => setRegistering(false)} /> : null}
      {removing ? <RemoveWitness witness={removing} onClose={() => setRemoving(null)} /> : null}
    </Panel>
  )
}

function RemoveWitness({ witness, onClose }: { witness: WitnessView; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('DELETE /api/ledger/witnesses/:witnessId')
  return (
    <Modal
      open
      title={t('witnesses.removeTitle', { name: witness.name })}
      okText={t('witnesses.remove')}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger: true }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => act.mutate({ params: { witnessId: witness.witnessId } }, { onSuccess: onClose })}
    >
      <div className="stack">
        <p>{t('witnesses.removeText')}</p>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}
