import type { OfferView } from '@zhongheng/contracts/http/testers.ts'
import { App, Button, Form, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { GrowingText } from '../../ui/GrowingText.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Markdown } from '../../ui/Markdown.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import { TimeWindow } from '../../ui/TimeWindow.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import './testers.css'

/** Engagements that recruit or invited me. */
export default function OffersPage(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/offers', {}, { every: 30_000 })
  return (
    <>
      <PageHeader title={t('testers.offers.title')} about={t('testers.offers.about')} />
      <Loaded query={found}>
        {({ offers }) =>
          offers.length === 0 ? (
            <section className="panel">
              <EmptyState
                icon="flag"
                title={t('testers.offers.empty')}
                why={t('testers.offers.emptyWhy')}
                action={<LinkButton to="/testers/me">{t('testers.own.title')}</LinkButton>}
              />
            </section>
          ) : (
            <ul className="offers">
              {offers.map((offer) => (
                <li key={offer.engagementId} className="panel offer">
                  <Offer offer={offer} />
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </>
  )
}

function Offer({ offer }: { offer: OfferView }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const [applying, setApplying] = useState(false)
  const [declining, setDeclining] = useState(false)
  const act = useAct('POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision')
  const { engagementId, enrollmentId, myState } = offer
  const decide = (verdict: 'accept' | 'decline', reason: string): void => {
    if (enrollmentId === null) return
    act.mutate(
      // An invitation that nobody answered is still in its first version.
      { params: { engagementId, enrollmentId }, body: { verdict, reason, version: 1 } },
      {
        onSuccess: () => {
          setDeclining(false)
          void message.success(t(verdict === 'accept' ? 'testers.offers.accepted' : 'testers.offers.declined'))
        },
      },
    )
  }
  const tone =
    myState === 'admitted'
      ? 'ok'
      : myState === 'invited' || myState === 'applied'
        ? 'warn'
        : myState === 'none'
          ? ''
          : 'bad'
  return (
    <>
      <div className="offer-head">
        <div>
          <span className="mono muted">{offer.number}</span>
          <h2>{offer.title}</h2>
        </div>
        <span className={`tag ${tone}`}>{t(`testers.offers.state.${myState}`)}</span>
      </div>
      <p className="offer-facts quiet">
        <span>
          {t('testers.offers.window')} <TimeWindow opens={offer.windowOpens} closes={offer.windowCloses} />
        </span>
        <span>
          {t('testers.offers.minGrade')}{' '}
          {offer.minGrade === 0 ? t('grade.any') : t('grade.from', { grade: offer.minGrade })}
        </span>
      </p>
      {offer.announcement === '' ? (
        <p className="muted">{t('testers.offers.noAnnouncement')}</p>
      ) : (
        <Markdown text={offer.announcement} />
      )}
      {declining ? null : <ProblemAlert problem={act.error} />}
      <div className="button-row">
        {myState === 'none' ? (
          <Button type="primary" onClick={() => setApplying(true)}>
            {t('testers.offers.apply')}
          </Button>
        ) : null}
        {myState === 'invited' ? (
          <>
            <Button
              type="primary"
              loading={act.isPending && !declining}
              onClick={() => decide('accept', t('testers.offers.acceptReason'))}
            >
              {t('testers.offers.accept')}
            </Button>
            <Button onClick={() => setDeclining(true)}>{t('testers.offers.decline')}</Button>
          </>
        ) : null}
        {myState === 'admitted' ? (
          <LinkButton color="primary" variant="solid" to="/engagements/$engagementId/people" params={{ engagementId }}>
            {t('testers.offers.open')}
          </LinkButton>
        ) : null}
      </div>
      {applying ? <Apply offer={offer} onClose={() => setApplying(false)} /> : null}
      {declining ? (
        <ReasonModal
          title={t('testers.offers.declineTitle')}
          confirm={t('testers.offers.decline')}
          min={4}
          max={1000}
          pending={act.isPending}
          problem={act.error}
          onCancel={() => {
            setDeclining(false)
            act.reset()
          }}
          onConfirm={(reason) => decide('decline', reason)}
        />
      ) : null}
    </>
  )
}

function Apply({ offer, onClose }: { offer: OfferView; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const act = useAct('POST /api/engagements/:engagementId/applications')
  const [form] = Form.useForm<{ statement: string; conflicts: string }>()
  useFormProblem(form, act.error)
  return (
    <Modal
      open
      title={t('testers.offers.applyTitle', { title: offer.title })}
      okText={t('testers.offers.apply')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={form.submit}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(body) =>
          act.mutate(
            { params: { engagementId: offer.engagementId }, body },
            {
              onSuccess: () => {
                void message.success(t('testers.offers.applied'))
                onClose()
              },
            },
          )
        }
      >
        <Form.Item
          name="statement"
          label={t('testers.offers.statement')}
          extra={t('testers.offers.statementHint')}
          rules={[{ required: true, min: 10, max: 2000, message: t('testers.offers.statementHint') }]}
        >
          <GrowingText rows={4} maxLength={2000} />
        </Form.Item>
        <Form.Item
          name="conflicts"
          label={t('testers.offers.conflicts')}
          extra={t('testers.offers.conflictsHint')}
          rules={[{ required: true, max: 1000, message: t('form.required', { label: t('testers.offers.conflicts') }) }]}
        >
          <GrowingText rows={2} maxLength={1000} />
        </Form.Item>
        <ProblemAlert problem={act.error} />
      </Form>
    </Modal>
  )
}
