import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { App, Button, Form, Input, Modal } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Moment } from '../../ui/Moment.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import { fenOf, yuanInput, yuanText } from '../../ui/money.ts'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { useKeepFinding } from './use-finding.ts'

/** The reward of a finding: proposed by the organizer, approved by the demand side, its payment recorded. */
export function RewardBox({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const { message } = App.useApp()
  const { change } = useKeepFinding()
  const [asking, setAsking] = useState<'propose' | 'approved' | 'refused' | 'paid' | null>(null)
  const act = useAct('POST /api/engagements/:engagementId/rewards/:rewardId/state')
  const { reward } = page
  const may = (action: string): boolean => page.may.includes(action)
  const proposable = may('reward.propose') && (reward === null || reward.state === 'refused')
  // The server decides (REWARD-1); before confirmation the button would only lead to its refusal.
  const confirmed = ['confirmed', 'remediation', 'retest', 'fixed', 'risk_accepted', 'closed'].includes(page.state)
  const amount = reward ? yuanText(reward.amountFen, language) : ''
  const titles = {
    approved: 'findings.reward.approveTitle',
    refused: 'findings.reward.refuseTitle',
    paid: 'findings.reward.payTitle',
  } as const
  const labels = {
    approved: 'findings.reward.approve',
    refused: 'findings.reward.refuse',
    paid: 'findings.reward.pay',
  } as const
  const choices =
    reward?.state === 'proposed' && may('reward.approve')
      ? (['approved', 'refused'] as const)
      : reward?.state === 'approved' && may('reward.pay')
        ? (['paid'] as const)
        : []
  return (
    <div className="stack-tight">
      {reward === null ? (
        <p className="muted">
          {t(
            confirmed
              ? 'findings.reward.none'
              : page.nextBy === null
                ? 'findings.reward.never'
                : 'findings.reward.notYet',
          )}
        </p>
      ) : null}
      {reward ? (
        <>
          <p>
            <strong className="reward-amount">{amount}</strong>{' '}
            <span className={`tag ${reward.state === 'paid' ? 'ok' : reward.state === 'refused' ? 'bad' : ''}`}>
              {t(`findings.reward.state.${reward.state}`)}
            </span>
          </p>
          <p className="muted break">
            {reward.note} · <Moment at={reward.proposedAt} />
          </p>
        </>
      ) : null}
      <div className="button-row">
        {choices.map((state) => (
          <Button
            key={state}
            size="small"
            type={state === 'refused' ? 'default' : 'primary'}
            danger={state === 'refused'}
            onClick={() => setAsking(state)}
          >
            {t(labels[state])}
          </Button>
        ))}
        {proposable && confirmed ? (
          <Button size="small" onClick={() => setAsking('propose')}>
            {t('findings.reward.propose')}
          </Button>
        ) : null}
      </div>
      {asking === 'propose' ? <ProposeReward page={page} onClose={() => setAsking(null)} /> : null}
      {asking !== null && asking !== 'propose' && reward ? (
        <ReasonModal
          title={t(titles[asking], { amount })}
          confirm={t(labels[asking])}
          danger={asking === 'refused'}
          min={2}
          max={1000}
          pending={act.isPending}
          problem={act.error}
          onCancel={() => {
            setAsking(null)
            act.reset()
          }}
          onConfirm={(note) =>
            act.mutate(
              {
                params: { engagementId: page.engagementId, rewardId: reward.rewardId },
                body: { state: asking, note, version: reward.version },
              },
              {
                onSuccess: (after) => {
                  change(page, { reward: after })
                  setAsking(null)
                  void message.success(t('findings.reward.done'))
                },
              },
            )
          }
        />
      ) : null}
    </div>
  )
}

function ProposeReward({ page, onClose }: { page: FindingPage; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const { message } = App.useApp()
  const { change } = useKeepFinding()
  const [form] = Form.useForm<{ amountFen: string; note: string }>()
  const act = useAct('POST /api/engagements/:engagementId/findings/:findingId/rewards')
  const { engagementId, findingId } = page
  const engagement = useApi('GET /api/engagements/:engagementId', { params: { engagementId } })
  const budget = useApi('GET /api/engagements/:engagementId/rewards', { params: { engagementId } })
  const band = engagement.data?.rewardTable.find(({ severity }) => severity === page.severity)
  useFormProblem(form, act.error)
  useEffect(() => {
    if (band && !form.isFieldTouched('amountFen')) form.setFieldValue('amountFen', yuanInput(band.minFen))
  }, [form, band])
  return (
    <Modal
      open
      title={t('findings.reward.propose')}
      okText={t('findings.reward.propose')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={form.submit}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={({ amountFen, note }) =>
          act.mutate(
            { params: { engagementId, findingId }, body: { amountFen: fenOf(amountFen) ?? 0, note } },
            {
              onSuccess: (reward) => {
                change(page, { reward })
                void message.success(t('findings.reward.done'))
                onClose()
              },
            },
          )
        }
      >
        <p className="quiet">
          {band
            ? t('findings.reward.band', { from: yuanText(band.minFen, language), to: yuanText(band.maxFen, language) })
            : t('findings.reward.noBand')}
          {budget.data?.budgetFen != null && budget.data.heldFen != null
            ? ` · ${t('findings.reward.left', { left: yuanText(budget.data.budgetFen - budget.data.heldFen, language) })}`
            : ''}
        </p>
        <Form.Item
          name="amountFen"
          label={t('findings.reward.amount')}
          rules={[
            {
              validator: async (_rule, value: unknown) => {
                if (typeof value !== 'string' || fenOf(value) === null) throw new Error(t('findings.reward.badAmount'))
              },
            },
          ]}
        >
          <Input inputMode="decimal" maxLength={14} />
        </Form.Item>
        <Form.Item
          name="note"
          label={t('findings.reward.note')}
          rules={[{ required: true, min: 2, max: 1000, message: t('form.length', { min: 2, max: 1000 }) }]}
        >
          <Input.TextArea rows={3} maxLength={1000} />
        </Form.Item>
        <ProblemAlert problem={act.error} />
      </Form>
    </Modal>
  )
}
