import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { EnrollmentView } from '@zhongheng/contracts/http/testers.ts'
import { Button, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { LeaseOnce } from './LeaseOnce.tsx'
import { GradeTag, IdentityTag, LeaseTag } from './marks.tsx'

/** A tester's own way to the first request: identity, quiz, pledge, lease. */
export function Checklist({ page }: { page: EngagementPage }): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = page
  const found = useApi('GET /api/engagements/:engagementId/enrollments', { params: { engagementId } })
  return (
    <Panel title={t('testers.checklist.title')} about={t('testers.checklist.about')}>
      <Loaded query={found}>
        {({ enrollments }) => {
          const own = enrollments[0]
          if (!own) return null
          return own.state === 'admitted' ? (
            <Steps own={own} engagementId={engagementId} />
          ) : (
            <Notice tone="warn">{t(`testers.checklist.waiting.${own.state}`)}</Notice>
          )
        }}
      </Loaded>
    </Panel>
  )
}

function Steps({ own, engagementId }: { own: EnrollmentView; engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/engagements/:engagementId/leases')
  const [asking, setAsking] = useState(false)
  const [taken, setTaken] = useState<Reply<'POST /api/engagements/:engagementId/leases'> | null>(null)
  const take = (): void =>
    act.mutate(
      { params: { engagementId } },
      {
        onSuccess: (lease) => {
          setAsking(false)
          setTaken(lease)
        },
      },
    )
  const identified = own.identity === 'verified' && own.grade > 0
  const ready = identified && own.quizPassed && own.pledgedAt !== null
  return (
    <div className="stack">
      {ready && own.lease === 'active' ? <Notice tone="ok">{t('testers.checklist.allDone')}</Notice> : null}
      <ol className="checklist">
        <Step
          done={identified}
          title={t('testers.checklist.identity')}
          action={identified ? undefined : <LinkButton to="/testers/me">{t('testers.checklist.toOwn')}</LinkButton>}
        >
          <span className="marks">
            <IdentityTag identity={own.identity} />
            <GradeTag grade={own.grade} />
          </span>
        </Step>
        <Step
          done={own.quizPassed}
          title={t('testers.checklist.quiz')}
          action={
            own.quizPassed ? undefined : (
              <LinkButton
                color="primary"
                variant="solid"
                to="/engagements/$engagementId/quiz"
                params={{ engagementId }}
              >
                {t('testers.checklist.takeQuiz')}
              </LinkButton>
            )
          }
        >
          {own.quizScore === null ? null : t('testers.checklist.quizText', { score: own.quizScore })}
        </Step>
        <Step
          done={own.pledgedAt !== null}
          title={t('testers.checklist.pledge')}
          action={
            <LinkButton
              {...(own.quizPassed && own.pledgedAt === null
                ? { color: 'primary' as const, variant: 'solid' as const }
                : {})}
              disabled={!own.quizPassed}
              to="/engagements/$engagementId/pledge"
              params={{ engagementId }}
            >
              {t(own.pledgedAt === null ? 'testers.checklist.readPledge' : 'testers.checklist.rereadPledge')}
            </LinkButton>
          }
        >
          {own.pledgedAt === null ? null : (
            <>
              {t('testers.checklist.pledged')} <Moment at={own.pledgedAt} />
            </>
          )}
        </Step>
        <Step
          done={own.lease === 'active'}
          title={t('testers.checklist.lease')}
          action={
            own.lease === 'active' || own.lease === 'suspended' ? (
              <Button onClick={() => setAsking(true)}>{t('testers.checklist.renewLease')}</Button>
            ) : (
              <Button type="primary" disabled={!ready} loading={act.isPending} onClick={take}>
                {t('testers.checklist.takeLease')}
              </Button>
            )
          }
        >
          {own.lease === 'none' ? t('testers.checklist.leaseText') : <LeaseTag state={own.lease} />}
        </Step>
      </ol>
      {asking ? null : <ProblemAlert problem={act.error} />}
      {asking ? (
        <Modal
          open
          title={t('testers.checklist.renewTitle')}
          okText={t('testers.checklist.renewLease')}
          cancelText={t('action.cancel')}
          confirmLoading={act.isPending}
          onCancel={() => setAsking(false)}
          onOk={take}
        >
          <p>{t('testers.checklist.renewText')}</p>
          <ProblemAlert problem={act.error} />
        </Modal>
      ) : null}
      {taken ? <LeaseOnce taken={taken} engagementId={engagementId} onClose={() => setTaken(null)} /> : null}
    </div>
  )
}

function Step({
  done,
  title,
  action,
  children,
}: {
  done: boolean
  title: string
  action?: ReactNode
  children: ReactNode
}): ReactNode {
  return (
    <li className={done ? 'done' : ''}>
      <span className="checklist-mark">{done ? <Icon name="check" size={15} /> : null}</span>
      <div>
        <strong>{title}</strong>
        <div className="muted">{children}</div>
      </div>
      {action === undefined ? null : <div className="checklist-action">{action}</div>}
    </li>
  )
}
