import type { PackView } from '@zhongheng/contracts/http/packs.ts'
import { Button, DatePicker, Progress, Segmented, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useDownload } from '../../ui/use-download.ts'
import { RefusalOrApproval } from '../approvals/AskApproval.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'

const key = 'GET /api/engagements/:engagementId/packs'
const isOpen = ({ state }: PackView): boolean => state === 'queued' || state === 'building'

/** Asks for evidence packs and shows those of this reader: how far they are, until when they are kept. */
export function PackBuilder(): ReactNode {
  const { engagementId } = useEngagement()
  const [busy, setBusy] = useState(false)
  const found = useApi(key, { params: { engagementId } }, busy ? { every: 1500 } : {})
  const open = found.data?.packs.some(isOpen) ?? false
  if (open !== busy) setBusy(open)
  return (
    <Loaded query={found} lines={4}>
      {({ packs, mayShowAll }) => (
        <div className="stack">
          <Wish mayShowAll={mayShowAll} />
          <Packs packs={packs} />
        </div>
      )}
    </Loaded>
  )
}

function Wish({ mayShowAll }: { mayShowAll: boolean }): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [kind, setKind] = useState<PackView['kind']>('engagement')
  const [redaction, setRedaction] = useState<PackView['redaction']>('secrets')
  const [findingId, setFindingId] = useState<string>()
  const [span, setSpan] = useState<readonly [Dayjs, Dayjs]>()
  const findings = useApi('GET /api/findings', { query: { engagementId, limit: 200 } }, { enabled: kind === 'finding' })
  const act = useAct('POST /api/engagements/:engagementId/packs')
  const isWhole = kind === 'engagement' || (kind === 'finding' ? findingId !== undefined : span !== undefined)
  const pack = {
    kind,
    redaction,
    ...(kind === 'finding' && findingId ? { findingId } : {}),
    ...(kind === 'period' && span ? { from: span[0].toISOString(), to: span[1].toISOString() } : {}),
  }
  const ask = (): void => act.mutate({ params: { engagementId }, body: pack })
  return (
    <div className="pack-form">
      <span className="pack-label">{t('reports.pack.kind')}</span>
      <Segmented
        className="pack-choice"
        aria-label={t('reports.pack.kind')}
        value={kind}
        onChange={setKind}
        options={(['engagement', 'finding', 'period'] as const).map((value) => ({
          value,
          label: t(`reports.pack.kinds.${value}`),
        }))}
      />
      {kind === 'finding' ? (
        <Select
          className="pack-part"
          aria-label={t('reports.pack.finding')}
          placeholder={t('reports.pack.finding')}
          {...(findingId === undefined ? {} : { value: findingId })}
          onChange={(value: string) => setFindingId(value)}
          options={(findings.data?.findings ?? []).map((one) => ({
            value: one.findingId,
            label: `${one.number} ${one.title}`,
          }))}
        />
      ) : null}
      {kind === 'period' ? (
        <DatePicker.RangePicker
          showTime
          className="pack-part"
          aria-label={t('reports.pack.kinds.period')}
          onChange={(value) => setSpan(value?.[0] && value[1] ? [value[0], value[1]] : undefined)}
        />
      ) : null}
      <span className="pack-label">{t('reports.pack.redaction')}</span>
      <Segmented
        className="pack-choice"
        aria-label={t('reports.pack.redaction')}
        value={redaction}
        onChange={setRedaction}
        options={(['secrets', 'bodies', 'none'] as const).map((value) => ({
          value,
          label: t(`reports.pack.redactions.${value}`),
          disabled: value === 'none' && !mayShowAll,
        }))}
      />
      <p className="muted pack-part">{t(mayShowAll ? 'reports.pack.redactionText' : 'reports.pack.redactionBy')}</p>
      <div className="button-row pack-part">
        <Button type="primary" disabled={!isWhole} loading={act.isPending} onClick={ask}>
          {t('reports.pack.ask')}
        </Button>
      </div>
      <RefusalOrApproval problem={act.error} act={{ kind: 'pack', engagementId, pack }} />
    </div>
  )
}

function Packs({ packs }: { packs: readonly PackView[] }): ReactNode {
  const { t } = useTranslation()
  return (
    <DataList
      label={t('reports.pack.mine')}
      rows={packs}
      rowKey={(row) => row.packId}
      empty={<p className="muted">{t('reports.pack.none')}</p>}
      columns={[
        {
          key: 'kind',
          label: t('reports.pack.kind'),
          role: 'lead',
          cell: (row) => (
            <>
              {t(`reports.pack.kinds.${row.kind}`)} {row.findingNumber}
            </>
          ),
        },
        {
          key: 'redaction',
          label: t('reports.pack.redaction'),
          cell: (row) => t(`reports.pack.redactions.${row.redaction}`),
        },
        { key: 'asked', label: t('reports.pack.asked'), cell: (row) => <Moment at={row.askedAt} /> },
        { key: 'state', label: t('reports.pack.state'), cell: (row) => <State pack={row} /> },
        { key: 'act', label: '', role: 'end', cell: (row) => <Act pack={row} /> },
      ]}
    />
  )
}

function State({ pack }: { pack: PackView }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  if (isOpen(pack))
    return (
      <div>
        <Progress percent={pack.progress} size="small" />
        <span className="muted">{say(pack.stage)}</span>
      </div>
    )
  if (pack.state === 'failed' && pack.failure) return <span className="tag bad">{say(pack.failure)}</span>
  return (
    <div>
      <span className={pack.state === 'ready' ? 'tag ok' : 'tag'}>{t(`reports.pack.states.${pack.state}`)}</span>
      {pack.state === 'ready' && pack.expiresAt ? (
        <div className="muted">
          {t('reports.pack.until')} <Moment at={pack.expiresAt} />
        </div>
      ) : null}
    </div>
  )
}

function Act({ pack: { engagementId, packId, ...pack } }: { pack: PackView }): ReactNode {
  const { t } = useTranslation()
  const cancel = useAct('POST /api/engagements/:engagementId/packs/:packId/cancellation')
  const download = useDownload(engagementId)
  const params = { engagementId, packId }
  if (pack.state === 'ready')
    return (
      <Button
        size="small"
        href={addressOf('GET /api/engagements/:engagementId/packs/:packId/file.zip', { params })}
        download
        onClick={download.link('pack', packId)}
      >
        {t('reports.pack.fetch', { megabytes: ((pack.bytes ?? 0) / 1_000_000).toFixed(1) })}
      </Button>
    )
  if (pack.state !== 'queued' && pack.state !== 'building') return null
  return (
    <>
      <Button size="small" loading={cancel.isPending} onClick={() => cancel.mutate({ params })}>
        {t('action.cancel')}
      </Button>
      <ProblemAlert problem={cancel.error} />
    </>
  )
}
