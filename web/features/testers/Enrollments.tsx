import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import type { EnrollmentView } from '@zhongheng/contracts/http/testers.ts'
import { App, Button, Modal, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import { EnrollmentTag, GradeTag, IdentityTag, LeaseTag } from './marks.tsx'

type Verdict = 'admit' | 'decline' | 'remove'

/** Testers of an engagement with what each still lacks; the organizer decides and invites. */
export function Enrollments({ page }: { page: EngagementPage }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { message } = App.useApp()
  const me = useMe()
  const { engagementId } = page
  const found = useApi(
    'GET /api/engagements/:engagementId/enrollments',
    { params: { engagementId } },
    { every: 20_000 },
  )
  const act = useAct('POST /api/engagements/:engagementId/enrollments/:enrollmentId/decision')
  const [inviting, setInviting] = useState(false)
  const [asked, setAsked] = useState<{ verdict: Verdict; row: EnrollmentView } | null>(null)
  const decides = page.may.includes('enrollment.decide')
  const close = (): void => {
    setAsked(null)
    act.reset()
  }
  const button = (verdict: Verdict, row: EnrollmentView): ReactNode => (
    <Button
      size="small"
      type={verdict === 'admit' ? 'primary' : 'default'}
      danger={verdict === 'remove'}
      onClick={() => setAsked({ verdict, row })}
    >
      {t(`testers.people.${verdict}`)}
    </Button>
  )
  return (
    <Panel
      flush
      title={t('testers.people.title')}
      about={t('testers.people.about')}
      extra={
        decides && found.data?.takesTesters && me.may.includes('testers.read') ? (
          <Button onClick={() => setInviting(true)}>{t('testers.people.invite')}</Button>
        ) : undefined
      }
    >
      <Loaded query={found}>
        {({ enrollments, takesTesters }) => (
          <DataList
            label={t('testers.people.title')}
            rows={enrollments}
            rowKey={(row) => row.enrollmentId}
            empty={<EmptyState icon="people" title={t('testers.people.empty')} why={t('testers.people.emptyWhy')} />}
            columns={[
              {
                key: 'name',
                label: t('testers.people.name'),
                role: 'lead',
                cell: (row) => (
                  <div>
                    <strong>{row.name}</strong>
                    <div className="muted">{row.orgName}</div>
                  </div>
                ),
              },
              { key: 'state', label: t('testers.people.state'), cell: (row) => <EnrollmentTag state={row.state} /> },
              {
                key: 'identity',
                label: t('testers.people.identity'),
                cell: (row) => (
                  <span className="marks">
                    <IdentityTag identity={row.identity} />
                    <GradeTag grade={row.grade} />
                  </span>
                ),
              },
              {
                key: 'quiz',
                label: t('testers.people.quiz'),
                cell: (row) =>
                  row.quizScore === null ? (
                    <span className="muted">{t('testers.people.notYet')}</span>
                  ) : (
                    t(row.quizPassed ? 'testers.people.passed' : 'testers.people.failed', { score: row.quizScore })
                  ),
              },
              {
                key: 'pledge',
                label: t('testers.people.pledge'),
                cell: (row) =>
                  row.pledgedAt === null ? (
                    <span className="muted">{t('testers.people.notYet')}</span>
                  ) : (
                    <Moment at={row.pledgedAt} />
                  ),
              },
              { key: 'lease', label: t('testers.people.lease'), cell: (row) => <LeaseTag state={row.lease} /> },
              {
                key: 'lacks',
                label: t('testers.people.lacks'),
                cell: (row) =>
                  // Once none may join, nobody lacks anything.
                  row.state !== 'admitted' || !takesTesters ? (
                    '—'
                  ) : row.lacks.length === 0 ? (
                    <span className="tag ok">
                      <Icon name="check" size={13} />
                      {t('testers.people.ready')}
                    </span>
                  ) : (
                    row.lacks.map(say).join(' · ')
                  ),
              },
              {
                key: 'act',
                label: '',
                role: 'end',
                cell: (row) =>
                  decides ? (
                    <span className="row-buttons">
                      {row.state === 'applied' ? (
                        <>
                          {takesTesters ? button('admit', row) : null}
                          {button('decline', row)}
                        </>
                      ) : null}
                      {row.state === 'admitted' || row.state === 'invited' ? button('remove', row) : null}
                    </span>
                  ) : null,
              },
            ]}
          />
        )}
      </Loaded>
      {asked ? (
        <ReasonModal
          title={t(`testers.people.verdictTitle.${asked.verdict}`, { name: asked.row.name })}
          {...(asked.verdict === 'remove' ? { about: t('testers.people.removeText') } : {})}
          confirm={t(`testers.people.${asked.verdict}`)}
          danger={asked.verdict === 'remove'}
          min={4}
          max={1000}
          pending={act.isPending}
          problem={act.error}
          onCancel={close}
          onConfirm={(reason) =>
            act.mutate(
              {
                params: { engagementId, enrollmentId: asked.row.enrollmentId },
                body: { verdict: asked.verdict, reason, version: asked.row.version },
              },
              {
                onSuccess: () => {
                  close()
                  void message.success(t('testers.people.done'))
                },
              },
            )
          }
        />
      ) : null}
      {inviting ? (
        <Invite
          engagementId={engagementId}
          taken={new Set(found.data?.enrollments.map(({ personId }) => personId))}
          onClose={() => setInviting(false)}
        />
      ) : null}
    </Panel>
  )
}

function Invite({
  engagementId,
  taken,
  onClose,
}: {
  engagementId: string
  taken: ReadonlySet<string>
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const testers = useApi('GET /api/testers')
  const act = useAct('POST /api/engagements/:engagementId/tester-invitations')
  const [personId, setPersonId] = useState<string>()
  const candidates = (testers.data?.testers ?? []).filter(
    (one) => one.identity === 'verified' && !taken.has(one.personId),
  )
  return (
    <Modal
      open
      title={t('testers.people.inviteTitle')}
      okText={t('testers.people.invite')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: personId === undefined }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => {
        if (personId === undefined) return
        act.mutate(
          { params: { engagementId }, body: { personId } },
          {
            onSuccess: () => {
              void message.success(t('testers.people.invited'))
              onClose()
            },
          },
        )
      }}
    >
      <div className="stack">
        <Select
          aria-label={t('testers.people.invite')}
          placeholder={t('form.choose')}
          showSearch={{ optionFilterProp: 'label' }}
          loading={testers.isPending}
          notFoundContent={t('testers.people.noCandidates')}
          {...(personId === undefined ? {} : { value: personId })}
          onChange={setPersonId}
          options={candidates.map((one) => ({
            value: one.personId,
            label: `${one.name} · ${one.orgName} · ${one.grade === 0 ? t('testers.noGrade') : t('testers.gradeName', { grade: one.grade })}`,
          }))}
        />
        <p className="muted">{t('testers.people.inviteHint')}</p>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}
