import type { BreakGlassView } from '@zhongheng/contracts/http/break-glass.ts'
import { Button, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import { AskApproval } from '../approvals/AskApproval.tsx'
import { TimeLeft } from '../approvals/TimeLeft.tsx'
import '../approvals/approvals.css'

/** Emergency access to one engagement: asked for, open, past. */
export function BreakGlassPanel({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/engagements/:engagementId/break-glass', { params: { engagementId } })
  // Most engagements never see one: their page does not speak of it.
  if (found.data && found.data.accesses.length === 0 && !found.data.mayAsk) return null
  return (
    <Panel title={t('breakGlass.title')} about={t('breakGlass.about')}>
      <Loaded query={found} lines={2}>
        {({ accesses, mayAsk, mayEnd }) => (
          <div className="stack">
            {mayAsk ? <Ask engagementId={engagementId} /> : null}
            {accesses.length === 0 ? (
              <EmptyState icon="shield" title={t('breakGlass.none')} why={t('breakGlass.noneWhy')} />
            ) : (
              <ul className="approvals">
                {accesses.map((one) => (
                  <Access key={one.breakGlassId} access={one} engagementId={engagementId} mayEnd={mayEnd} />
                ))}
              </ul>
            )}
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

const lengths = [30, 60, 120, 240]

function Ask({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  const [minutes, setMinutes] = useState(60)
  if (!asking)
    return (
      <div className="button-row">
        <Button danger onClick={() => setAsking(true)}>
          {t('breakGlass.ask')}
        </Button>
      </div>
    )
  return (
    <div className="stack-tight">
      <label className="button-row">
        <span>{t('breakGlass.length')}</span>
        <Select
          value={minutes}
          onChange={setMinutes}
          options={lengths.map((value) => ({ value, label: t('breakGlass.minutes', { minutes: value }) }))}
        />
      </label>
      <AskApproval key={minutes} act={{ kind: 'break_glass', engagementId, minutes }} />
    </div>
  )
}

function Access({
  access,
  engagementId,
  mayEnd,
}: {
  access: BreakGlassView
  engagementId: string
  mayEnd: boolean
}): ReactNode {
  const { t } = useTranslation()
  const [ending, setEnding] = useState(false)
  const act = useAct('POST /api/engagements/:engagementId/break-glass/:breakGlassId/end')
  const { open, ended } = access
  return (
    <li className="approval">
      <div className="approval-head">
        <span className={`chip ${open ? 'state-bad' : 'state-plain'}`}>
          {t(open ? 'breakGlass.states.open' : ended ? 'breakGlass.states.ended' : 'breakGlass.states.over')}
        </span>
        <strong>
          {access.reader} · {access.orgName}
        </strong>
      </div>
      <Facts
        rows={[
          [
            t('approvals.purpose'),
            <span key="purpose" className="approval-words">
              {access.purpose}
            </span>,
          ],
          [t('approvals.approvedBy'), access.approvedBy],
          [
            t('breakGlass.span'),
            <span key="span">
              <Moment at={access.openedAt} /> – <Moment at={ended?.at ?? access.endsAt} />
            </span>,
          ],
          ...(open ? [[t('approvals.timeLeft'), <TimeLeft key="left" until={access.endsAt} />] as const] : []),
          [t('breakGlass.readings'), String(access.readings)],
          ...(ended === null
            ? []
            : [
                [
                  t('breakGlass.endedBy'),
                  <span key="ended" className="approval-words">
                    {ended.by} · {ended.orgName} · {ended.reason}
                  </span>,
                ] as const,
              ]),
        ]}
      />
      {open && mayEnd ? (
        <div className="button-row">
          <Button danger onClick={() => setEnding(true)}>
            {t('breakGlass.end')}
          </Button>
        </div>
      ) : null}
      {ending ? (
        <ReasonModal
          title={t('breakGlass.end')}
          about={t('breakGlass.endAbout')}
          confirm={t('breakGlass.end')}
          danger
          min={4}
          pending={act.isPending}
          problem={act.error}
          onCancel={() => setEnding(false)}
          onConfirm={(reason) =>
            act.mutate(
              { params: { engagementId, breakGlassId: access.breakGlassId }, body: { reason } },
              { onSuccess: () => setEnding(false) },
            )
          }
        />
      ) : null}
    </li>
  )
}
