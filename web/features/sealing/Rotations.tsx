import type { RotationView } from '@zhongheng/contracts/http/sealing.ts'
import { Button, Modal, Progress } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

type Kind = RotationView['kind']
const kinds: readonly Kind[] = ['kek', 'tenant', 'engagement']

/** Orders new keys and shows how far each rotation has come. */
export function Rotations({ rotations }: { rotations: readonly RotationView[] }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const [asked, setAsked] = useState<Kind | null>(null)
  const act = useAct('POST /api/sealing/rotations')
  const busy = rotations.some((one) => one.state !== 'done')
  const ask = (kind: Kind): void => {
    act.reset()
    setAsked(kind)
  }
  return (
    <Panel title={t('sealing.rotations.title')} about={t('sealing.rotations.about')} flush>
      <ul className="rotation-kinds">
        {kinds.map((kind) => (
          <li key={kind}>
            <div>
              <strong>{t(`sealing.rotations.kinds.${kind}`)}</strong>
              <p className="muted">{t(`sealing.rotations.abouts.${kind}`)}</p>
            </div>
            <Button disabled={busy} onClick={() => ask(kind)}>
              {t('sealing.rotations.order')}
            </Button>
          </li>
        ))}
      </ul>
      <DataList
        label={t('sealing.rotations.title')}
        rows={rotations}
        rowKey={(row) => row.rotationId}
        empty={<EmptyState icon="key" title={t('sealing.rotations.empty')} why={t('sealing.rotations.emptyWhy')} />}
        columns={[
          {
            key: 'kind',
            label: t('sealing.rotations.what'),
            role: 'lead',
            cell: (row) => t(`sealing.rotations.kinds.${row.kind}`),
          },
          {
            key: 'state',
            label: t('sealing.rotations.state'),
            cell: (row) => (
              <div className="rotation-state">
                <Progress
                  percent={row.progress}
                  size="small"
                  status={row.fault ? 'exception' : row.state === 'done' ? 'success' : 'normal'}
                />
                <span className={row.fault ? 'rotation-fault' : 'muted'}>
                  {row.fault ? row.fault[language === 'en' ? 'en' : 'zh'] : t(`sealing.rotations.states.${row.state}`)}
                </span>
              </div>
            ),
          },
          { key: 'askedBy', label: t('sealing.rotations.askedBy'), cell: (row) => row.askedBy },
          { key: 'askedAt', label: t('sealing.rotations.askedAt'), cell: (row) => <Moment at={row.askedAt} /> },
          {
            key: 'endedAt',
            label: t('sealing.rotations.endedAt'),
            cell: (row) => (row.endedAt ? <Moment at={row.endedAt} /> : <span className="muted">—</span>),
          },
        ]}
      />
      {asked && (
        <Modal
          open
          title={t(`sealing.rotations.kinds.${asked}`)}
          okText={t('sealing.rotations.order')}
          cancelText={t('action.cancel')}
          confirmLoading={act.isPending}
          onCancel={() => setAsked(null)}
          onOk={() => act.mutate({ body: { kind: asked } }, { onSuccess: () => setAsked(null) })}
          destroyOnHidden
        >
          <div className="stack">
            <p>{t(`sealing.rotations.abouts.${asked}`)}</p>
            <p>{t('sealing.rotations.goesOn')}</p>
            <ProblemAlert problem={act.error} />
          </div>
        </Modal>
      )}
    </Panel>
  )
}
