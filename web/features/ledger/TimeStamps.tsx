import type { TimeStampView } from '@zhongheng/contracts/http/time-stamps.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon, type IconName } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import type { StateTone } from '../../ui/states.ts'
import { HandInStamp } from './HandInStamp.tsx'

const looks: Record<TimeStampView['state'], { tone: StateTone; icon: IconName }> = {
  held: { tone: 'good', icon: 'checkCircle' },
  asked: { tone: 'pending', icon: 'clock' },
  exported: { tone: 'pending', icon: 'clock' },
  failed: { tone: 'bad', icon: 'stop' },
}

/** Heads of the ledger that somebody outside put a time on, and the way by hand where there is no network. */
export function TimeStamps(): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const may = useMe().may.includes('time_stamps.keep')
  const found = useApi('GET /api/ledger/time-stamps', {}, { every: 20_000 })
  const make = useAct('POST /api/ledger/time-stamps')
  const [answering, setAnswering] = useState<TimeStampView | null>(null)
  const stamped = found.data?.stamps.some((one) => one.size === found.data.size && one.state !== 'failed')
  const button =
    may && found.data !== undefined && !stamped && found.data.size > 0 ? (
      <Button loading={make.isPending} onClick={() => make.mutate({})}>
        {t('timeStamps.make')}
      </Button>
    ) : undefined
  return (
    <Panel title={t('timeStamps.title')} about={t('timeStamps.about')} flush extra={button}>
      <Loaded query={found} lines={3}>
        {({ automatic, stamps }) => (
          <>
            <div className="stamp-remarks">
              <p>
                {automatic ? t('timeStamps.automatic', { minutes: automatic.everyMinutes }) : t('timeStamps.manual')}
                {automatic?.addresses?.map((address) => (
                  <code key={address} className="stamp-address">
                    {address}
                  </code>
                ))}
              </p>
              <ProblemAlert problem={make.error} />
            </div>
            <DataList
              label={t('timeStamps.title')}
              rows={stamps}
              rowKey={(row) => row.timeStampId}
              empty={
                <EmptyState
                  icon="clock"
                  title={t('timeStamps.empty')}
                  why={may ? t('timeStamps.emptyWhy') : t('timeStamps.emptyOther')}
                />
              }
              columns={[
                {
                  key: 'size',
                  label: t('timeStamps.size'),
                  role: 'lead',
                  cell: (row) => t('timeStamps.entries', { size: row.size.toLocaleString(language) }),
                },
                { key: 'state', label: t('timeStamps.state'), cell: (row) => <StampState of={row} /> },
                {
                  key: 'at',
                  label: t('timeStamps.at'),
                  cell: (row) =>
                    row.stampedAt === null ? <span className="muted">—</span> : <Moment at={row.stampedAt} />,
                },
                {
                  key: 'authority',
                  label: t('timeStamps.authority'),
                  cell: (row) =>
                    row.authority === null ? (
                      <span className="muted">—</span>
                    ) : (
                      <span className="break" title={row.policy ?? undefined}>
                        {row.authority}
                      </span>
                    ),
                },
                {
                  key: 'files',
                  label: t('timeStamps.files'),
                  cell: (row) => <StampFiles of={row} may={may} onAnswer={() => setAnswering(row)} />,
                },
              ]}
            />
            {stamps.some((row) => row.state === 'held') ? (
              <p className="stamp-remarks muted mono">{t('timeStamps.check')}</p>
            ) : null}
          </>
        )}
      </Loaded>
      {answering ? <HandInStamp stamp={answering} onClose={() => setAnswering(null)} /> : null}
    </Panel>
  )
}

function StampState({ of }: { of: TimeStampView }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  return (
    <div className="stamp-state">
      <span className={`chip state-${looks[of.state].tone}`}>
        <Icon name={looks[of.state].icon} size={13} />
        {t(`timeStamps.states.${of.state}`)}
      </span>
      {of.state === 'asked' && of.failure !== null && of.nextTryAt !== null ? (
        <span className="muted">
          {t('timeStamps.retry', { tries: of.tries })}
          <Moment at={of.nextTryAt} />
        </span>
      ) : null}
      {of.state === 'failed' ? <span className="muted">{t('timeStamps.gaveUp', { tries: of.tries })}</span> : null}
      {of.failure === null ? null : <span className="break">{language === 'en' ? of.failure.en : of.failure.zh}</span>}
    </div>
  )
}

function StampFiles({ of, may, onAnswer }: { of: TimeStampView; may: boolean; onAnswer: () => void }): ReactNode {
  const { t } = useTranslation()
  const params = { timeStampId: of.timeStampId }
  const waits = may && (of.state === 'exported' || of.state === 'asked')
  return (
    <div className="stamp-files">
      {of.state === 'held' ? (
        <>
          <a href={addressOf('GET /api/ledger/time-stamps/:timeStampId/answer.tsr', { params })} download>
            {t('timeStamps.stamp')}
          </a>
          <a href={addressOf('GET /api/ledger/time-stamps/:timeStampId/checkpoint.txt', { params })} download>
            {t('timeStamps.bytes')}
          </a>
        </>
      ) : null}
      {waits ? (
        <>
          <a href={addressOf('GET /api/ledger/time-stamps/:timeStampId/request.tsq', { params })} download>
            {t('timeStamps.request')}
          </a>
          <Button size="small" onClick={onAnswer}>
            {t('timeStamps.handIn')}
          </Button>
        </>
      ) : null}
    </div>
  )
}
