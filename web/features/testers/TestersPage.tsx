import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { TesterView } from '@zhongheng/contracts/http/testers.ts'
import { App, Button, Form, Input, Modal, Radio } from 'antd'
import { type ReactNode, useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { GradeTag, IdentityTag, basisText } from './marks.tsx'
import './testers.css'

const route = getRouteApi('/shell/testers')

/** The organizer's directory: identity checks and grades. */
export default function TestersPage(): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const { search = '' } = route.useSearch()
  const navigate = useNavigate()
  const asked = useDeferredValue(search)
  const found = useApi('GET /api/testers', { query: asked === '' ? {} : { search: asked } })
  const [deciding, setDeciding] = useState<TesterView | null>(null)
  const [grading, setGrading] = useState<TesterView | null>(null)
  const verifies = me.may.includes('testers.verify')
  return (
    <>
      <PageHeader title={t('testers.directory.title')} about={t('testers.directory.about')} />
      <div className="filters">
        <Input
          className="filter-text"
          type="search"
          allowClear
          maxLength={100}
          aria-label={t('testers.directory.search')}
          placeholder={t('testers.directory.search')}
          value={search}
          onChange={(event) =>
            void navigate({
              to: '/testers',
              search: event.target.value === '' ? {} : { search: event.target.value },
              replace: true,
            })
          }
        />
      </div>
      <section className="panel flush">
        <Loaded query={found}>
          {({ testers }) => (
            <DataList
              label={t('testers.directory.title')}
              rows={testers}
              rowKey={(row) => row.personId}
              empty={
                search === '' ? (
                  <EmptyState
                    icon="people"
                    title={t('testers.directory.empty')}
                    why={t('testers.directory.emptyWhy')}
                  />
                ) : (
                  <EmptyState
                    icon="search"
                    title={t('testers.directory.emptyFiltered')}
                    why={t('testers.directory.emptyFilteredWhy')}
                  />
                )
              }
              columns={[
                {
                  key: 'name',
                  label: t('testers.directory.name'),
                  role: 'lead',
                  cell: (row) => (
                    <div>
                      <strong>{row.name}</strong>
                      <div className="muted">{row.orgName}</div>
                    </div>
                  ),
                },
                {
                  key: 'identity',
                  label: t('testers.directory.identity'),
                  cell: (row) => (
                    <span className="marks">
                      <IdentityTag identity={row.identity} />
                      {row.identityVerifiedAt === null ? null : (
                        <span className="muted">
                          <Moment at={row.identityVerifiedAt} day />
                        </span>
                      )}
                    </span>
                  ),
                },
                {
                  key: 'grade',
                  label: t('testers.directory.grade'),
                  cell: (row) => (
                    <span className="grade-cell">
                      <GradeTag grade={row.grade} />
                      {row.gradeBasis === null ? null : <span className="muted">{basisText(row.gradeBasis, t)}</span>}
                    </span>
                  ),
                },
                {
                  key: 'skills',
                  label: t('testers.directory.skills'),
                  wide: true,
                  cell: (row) => (
                    <span className="marks">
                      {row.skills.map((skill) => (
                        <span key={skill} className="tag">
                          {skill}
                        </span>
                      ))}
                    </span>
                  ),
                },
                {
                  key: 'record',
                  label: t('testers.directory.record'),
                  cell: (row) =>
                    t('testers.directory.recordText', {
                      engagements: row.engagements,
                      findings: row.findingsConfirmed,
                    }),
                },
                {
                  key: 'act',
                  label: '',
                  role: 'end',
                  cell: (row) =>
                    verifies ? (
                      <span className="row-buttons">
                        {row.identity === 'asked' ? (
                          <Button size="small" type="primary" onClick={() => setDeciding(row)}>
                            {t('testers.directory.decide')}
                          </Button>
                        ) : null}
                        <Button size="small" onClick={() => setGrading(row)}>
                          {t('testers.directory.setGrade')}
                        </Button>
                      </span>
                    ) : null,
                },
              ]}
            />
          )}
        </Loaded>
      </section>
      {deciding ? <DecideIdentity tester={deciding} onClose={() => setDeciding(null)} /> : null}
      {grading ? <SetGrade tester={grading} onClose={() => setGrading(null)} /> : null}
    </>
  )
}

function DecideIdentity({ tester, onClose }: { tester: TesterView; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const act = useAct('POST /api/testers/:personId/identity-decision')
  const [form] = Form.useForm<{ verdict: 'verified' | 'refused'; reason: string }>()
  return (
    <Modal
      open
      title={t('testers.directory.decideTitle', { name: tester.name })}
      okText={t('action.confirm')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={form.submit}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        onFinish={(values) =>
          act.mutate(
            { params: { personId: tester.personId }, body: { ...values, version: tester.version } },
            {
              onSuccess: () => {
                void message.success(t('testers.directory.done'))
                onClose()
              },
            },
          )
        }
      >
        <p className="quiet form-about">{t('testers.directory.decideAbout')}</p>
        <Form.Item
          name="verdict"
          label={t('testers.directory.identity')}
          rules={[{ required: true, message: t('form.required', { label: t('testers.directory.identity') }) }]}
        >
          <Radio.Group
            options={(['verified', 'refused'] as const).map((value) => ({
              value,
              label: t(`testers.directory.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item
          name="reason"
          label={t('testers.directory.reason')}
          rules={[{ required: true, min: 4, max: 1000, message: t('form.length', { min: 4, max: 1000 }) }]}
        >
          <Input.TextArea rows={3} maxLength={1000} />
        </Form.Item>
        <ProblemAlert problem={act.error} />
      </Form>
    </Modal>
  )
}

const bases = ['exam', 'history', 'certificate', 'interview'] as const

function SetGrade({ tester, onClose }: { tester: TesterView; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const act = useAct('POST /api/testers/:personId/grade')
  const [form] = Form.useForm<{ grade: number; basis: (typeof bases)[number]; note: string }>()
  useFormProblem(form, act.error)
  const need = (label: string) => [{ required: true, message: t('form.required', { label }) }]
  return (
    <Modal
      open
      title={t('testers.directory.gradeTitle', { name: tester.name })}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={form.submit}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={tester.grade > 0 ? { grade: tester.grade } : {}}
        onFinish={(values) =>
          act.mutate(
            { params: { personId: tester.personId }, body: { ...values, version: tester.version } },
            {
              onSuccess: () => {
                void message.success(t('testers.directory.done'))
                onClose()
              },
            },
          )
        }
      >
        <Form.Item name="grade" label={t('testers.directory.grade1')} rules={need(t('testers.directory.grade1'))}>
          <Radio.Group
            optionType="button"
            options={[1, 2, 3, 4, 5].map((value) => ({ value, label: String(value) }))}
          />
        </Form.Item>
        <Form.Item
          name="basis"
          label={t('testers.directory.basisLabel')}
          rules={need(t('testers.directory.basisLabel'))}
        >
          <Radio.Group options={bases.map((value) => ({ value, label: t(`testers.basis.${value}`) }))} />
        </Form.Item>
        <Form.Item
          name="note"
          label={t('testers.directory.note')}
          rules={[{ required: true, min: 4, max: 1000, message: t('form.length', { min: 4, max: 1000 }) }]}
        >
          <Input.TextArea rows={3} maxLength={1000} />
        </Form.Item>
        <ProblemAlert problem={act.error} />
      </Form>
    </Modal>
  )
}
