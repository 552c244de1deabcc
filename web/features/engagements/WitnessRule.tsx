import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import type { WitnessRulePage, WitnessRuleView } from '@zhongheng/contracts/http/witnesses.ts'
import { Button, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { WitnessChip } from '../ledger/WitnessChip.tsx'
import { ProposeWitnessRule } from './ProposeWitnessRule.tsx'

type Role = EngagementPage['myRole']

/** How many of which witnesses the reports of an engagement need, and agreeing on it. */
export function WitnessRule({ engagementId, role }: { engagementId: string; role: Role }): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/engagements/:engagementId/witness-rule', { params: { engagementId } })
  const [proposing, setProposing] = useState(false)
  return (
    <Panel
      title={t('witnesses.rule.title')}
      about={t('witnesses.rule.about')}
      extra={
        found.data?.mayPropose ? (
          <Button onClick={() => setProposing(true)}>
            {t(found.data.inForce || found.data.proposed ? 'witnesses.rule.change' : 'witnesses.rule.propose')}
          </Button>
        ) : undefined
      }
    >
      <Loaded query={found} lines={3}>
        {(page) => (
          <div className="stack">
            {page.inForce && page.inForce.needed > 0 ? (
              <div>
                <h3>
                  {t('witnesses.rule.inForce', { needed: page.inForce.needed, count: page.inForce.witnesses.length })}
                </h3>
                <Seats rule={page.inForce} />
              </div>
            ) : page.proposed ? null : (
              <EmptyState icon="shield" title={t('witnesses.rule.none')} why={t('witnesses.rule.noneWhy')} />
            )}
            {page.proposed ? (
              <Proposed engagementId={engagementId} role={role} page={page} rule={page.proposed} />
            ) : null}
            {page.inForce && !page.mayPropose && !page.mayDecide ? (
              <p className="muted">{t('witnesses.rule.fixed')}</p>
            ) : null}
            {proposing ? (
              <ProposeWitnessRule engagementId={engagementId} page={page} onClose={() => setProposing(false)} />
            ) : null}
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

function Seats({ rule }: { rule: WitnessRuleView }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  return (
    <ul className="witness-seats">
      {rule.witnesses.map((seat) => (
        <li key={seat.witnessId}>
          <div>
            <strong className="break">{seat.name}</strong> <span className="quiet">{seat.orgName}</span>
            {seat.lastSize === null ? null : (
              <p className="muted">{t('witnesses.rule.size', { size: seat.lastSize.toLocaleString(language) })}</p>
            )}
          </div>
          <WitnessChip state={seat.state} />
        </li>
      ))}
    </ul>
  )
}

function Proposed({
  engagementId,
  role,
  page,
  rule,
}: {
  engagementId: string
  role: Role
  page: WitnessRulePage
  rule: WitnessRuleView
}): ReactNode {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<'approve' | 'refuse' | null>(null)
  const act = useAct('POST /api/engagements/:engagementId/witness-rule/:ruleId/decision')
  const close = (): void => {
    setAsked(null)
    act.reset()
  }
  return (
    <div className="stack witness-proposed">
      <div>
        <h3>
          {rule.needed === 0
            ? t('witnesses.rule.proposedNone')
            : t('witnesses.rule.proposed', { needed: rule.needed, count: rule.witnesses.length })}
        </h3>
        <p className="quiet">
          {t('witnesses.rule.by', { name: rule.proposedBy })}
          <Moment at={rule.proposedAt} />
          {' · '}
          {rule.approvals.length === 0
            ? t('witnesses.rule.notApproved')
            : t('witnesses.rule.approved', { sides: rule.approvals.map((role) => t(`role.${role}`)).join(', ') })}
        </p>
        <Seats rule={rule} />
      </div>
      {page.mayDecide ? (
        <div className="button-row">
          {rule.approvals.includes(role) ? null : (
            <Button type="primary" onClick={() => setAsked('approve')}>
              {t('witnesses.rule.approve')}
            </Button>
          )}
          <Button danger onClick={() => setAsked('refuse')}>
            {t('witnesses.rule.refuse')}
          </Button>
        </div>
      ) : null}
      {asked ? (
        <Modal
          open
          title={t('witnesses.rule.title')}
          okText={t(`witnesses.rule.${asked}`)}
          cancelText={t('action.cancel')}
          okButtonProps={{ danger: asked === 'refuse' }}
          confirmLoading={act.isPending}
          onCancel={close}
          onOk={() =>
            act.mutate(
              { params: { engagementId, ruleId: rule.ruleId }, body: { verdict: asked } },
              { onSuccess: close },
            )
          }
        >
          <div className="stack">
            <p>{t(`witnesses.rule.${asked}Text`)}</p>
            <ProblemAlert problem={act.error} />
          </div>
        </Modal>
      ) : null}
    </div>
  )
}
