import type { ApprovalView } from '@zhongheng/contracts/http/approvals.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Moment } from '../../ui/Moment.tsx'
import { Facts } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import type { StateTone } from '../../ui/states.ts'
import { DoApproved } from './DoApproved.tsx'
import { TimeLeft } from './TimeLeft.tsx'

const tones: { readonly [state in ApprovalView['state']]: StateTone } = {
  waiting: 'ask',
  approved: 'good',
  used: 'plain',
  refused: 'bad',
  withdrawn: 'plain',
  lapsed: 'twin',
}
type Verdict = 'approved' | 'refused'

/** One request: what would be done, in words and whole, and what the reader may do about it. */
export function ApprovalCard({ approval }: { approval: ApprovalView }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const [asked, setAsked] = useState<Verdict | null>(null)
  const { state, decided } = approval
  const open = state === 'waiting' || state === 'approved'
  return (
    <li className="approval">
      <div className="approval-head">
        <span className={`chip state-${tones[state]}`}>{t(`approvals.states.${state}`)}</span>
        <strong>{say(approval.title)}</strong>
      </div>
      <Facts
        rows={[
          ...approval.details.map(({ name, value }) => [say(name), say(value)] as const),
          [
            t('approvals.purpose'),
            <span key="purpose" className="approval-words">
              {approval.purpose}
            </span>,
          ],
          [
            t('approvals.askedBy'),
            <span key="asked">
              {approval.askedBy} · <Moment at={approval.askedAt} />
            </span>,
          ],
          ...(open ? [[t('approvals.timeLeft'), <TimeLeft key="left" until={approval.expiresAt} />] as const] : []),
          ...(decided === null
            ? []
            : [
                [
                  t(state === 'refused' ? 'approvals.refusedBy' : 'approvals.approvedBy'),
                  <span key="decided" className="approval-words">
                    {decided.by} · <Moment at={decided.at} /> · {decided.reason}
                  </span>,
                ] as const,
              ]),
          ...(approval.usedAt === null
            ? []
            : [[t('approvals.usedAt'), <Moment key="used" at={approval.usedAt} />] as const]),
        ]}
      />
      <details className="approval-exact">
        <summary>
          {t('approvals.digest')} <code>{approval.digest.slice(0, 16)}…</code>
        </summary>
        <p className="muted">{t('approvals.exact')}</p>
        <code className="break">{approval.digest}</code>
        <pre>{approval.canonical}</pre>
      </details>
      {approval.mayDecide ? (
        <div className="button-row">
          <Button type="primary" onClick={() => setAsked('approved')}>
            {t('approvals.approve')}
          </Button>
          <Button danger onClick={() => setAsked('refused')}>
            {t('approvals.refuse')}
          </Button>
        </div>
      ) : null}
      {approval.mine && open ? <Own approval={approval} /> : null}
      {asked ? <Decide approval={approval} verdict={asked} onClose={() => setAsked(null)} /> : null}
    </li>
  )
}

function Own({ approval }: { approval: ApprovalView }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/approvals/:approvalId/withdrawal')
  return (
    <div className="stack-tight">
      {approval.state === 'approved' ? <DoApproved approval={approval} /> : null}
      <div className="button-row">
        <Button
          size="small"
          loading={act.isPending}
          onClick={() => act.mutate({ params: { approvalId: approval.approvalId } })}
        >
          {t('approvals.withdraw')}
        </Button>
        {approval.state === 'waiting' ? <span className="muted">{t('approvals.another')}</span> : null}
      </div>
      <ProblemAlert problem={act.error} />
    </div>
  )
}

function Decide({
  approval,
  verdict,
  onClose,
}: {
  approval: ApprovalView
  verdict: Verdict
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const act = useAct('POST /api/approvals/:approvalId/decision')
  const word = t(verdict === 'approved' ? 'approvals.approve' : 'approvals.refuse')
  return (
    <ReasonModal
      title={`${word} · ${say(approval.title)}`}
      about={t(verdict === 'approved' ? 'approvals.approveAbout' : 'approvals.refuseAbout')}
      confirm={word}
      danger={verdict === 'refused'}
      min={4}
      pending={act.isPending}
      problem={act.error}
      onCancel={onClose}
      onConfirm={(reason) =>
        act.mutate(
          { params: { approvalId: approval.approvalId }, body: { verdict, digest: approval.digest, reason } },
          { onSuccess: onClose },
        )
      }
    />
  )
}
