import type { Call } from '@zhongheng/contracts/http/index.ts'
import type { Organisation } from '@zhongheng/contracts/http/people.ts'
import { Button, Form, Input, Modal, Radio } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { PlaceSelect } from '../../ui/fields/PlaceSelect.tsx'
import { placeName } from '../../ui/fields/place-name.ts'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { ChangePlace } from './ChangePlace.tsx'
import { OnceLink } from './OnceLink.tsx'

const kinds = ['demand', 'tester', 'auditor', 'organizer'] as const
const weekMs = 7 * 86_400_000

/** Organisations that the organizer has taken in, and taking in another. */
export function Organisations(): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const found = useApi('GET /api/organisations', {})
  const [asking, setAsking] = useState(false)
  const [placing, setPlacing] = useState<Organisation | null>(null)
  const { language } = useLanguage()
  const mayPlace = me.may.includes('organisations.place')
  return (
    <Panel
      title={t('people.members.organisations')}
      flush
      extra={
        me.may.includes('organisations.create') ? (
          <Button onClick={() => setAsking(true)}>{t('people.members.takeIn')}</Button>
        ) : undefined
      }
    >
      <Loaded query={found}>
        {({ organisations }) => (
          <DataList
            label={t('people.members.organisations')}
            rows={organisations}
            rowKey={(row) => row.orgId}
            empty={
              <EmptyState
                icon="people"
                title={t('people.members.noOrganisations')}
                why={t('people.home.noneRunningText.organizer')}
              />
            }
            columns={[
              {
                key: 'name',
                label: t('people.members.orgName'),
                role: 'lead',
                cell: (row) => <strong>{row.name}</strong>,
              },
              { key: 'kind', label: t('people.members.orgKind'), cell: (row) => t(`role.${row.kind}`) },
              {
                key: 'place',
                label: t('people.places.place'),
                cell: (row) => (
                  <>
                    {row.jurisdiction === null ? (
                      <span className="tag bad">{t('people.places.unknown')}</span>
                    ) : (
                      placeName(row.jurisdiction, language)
                    )}{' '}
                    {row.jurisdictionStatedAt === null ? (
                      <span className="tag warn">{t('people.places.presumed')}</span>
                    ) : null}
                  </>
                ),
              },
              {
                key: 'key',
                label: t('people.members.fingerprint'),
                wide: true,
                cell: (row) => <code className="break muted">{row.keyFingerprint}</code>,
              },
              ...(mayPlace
                ? [
                    {
                      key: 'act',
                      label: '',
                      role: 'end' as const,
                      cell: (row: Organisation) => (
                        <Button size="small" onClick={() => setPlacing(row)}>
                          {t(row.jurisdictionStatedAt === null ? 'people.places.confirm' : 'people.places.change')}
                        </Button>
                      ),
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Loaded>
      {placing ? <PlaceOrganisation one={placing} onClose={() => setPlacing(null)} /> : null}
      {asking ? <TakeIn onClose={() => setAsking(false)} /> : null}
    </Panel>
  )
}

function PlaceOrganisation({ one, onClose }: { one: Organisation; onClose: () => void }): ReactNode {
  const act = useAct('PUT /api/organisations/:orgId/jurisdiction')
  return (
    <ChangePlace
      name={one.name}
      now={one.jurisdiction}
      ofMember={false}
      problem={act.error}
      pending={act.isPending}
      onClose={onClose}
      onSave={(code) => {
        if (code === null) return
        const body = { jurisdiction: code, version: one.version }
        act.mutate({ params: { orgId: one.orgId }, body }, { onSuccess: onClose })
      }}
    />
  )
}

function TakeIn({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [form] = Form.useForm<Call<'POST /api/organisations'>['body']>()
  const act = useAct('POST /api/organisations')
  const { error } = act
  useFormProblem(form, error)
  const required = (label: string): { required: true; whitespace: true; message: string } => ({
    required: true,
    whitespace: true,
    message: t('form.required', { label }),
  })
  return (
    <Modal
      open
      title={t('people.members.takeInTitle')}
      okText={act.data ? t('action.close') : t('people.members.takeInSubmit')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      {...(act.data ? { cancelButtonProps: { style: { display: 'none' } } } : {})}
      mask={{ closable: !act.data }}
      onCancel={onClose}
      onOk={() => (act.data ? onClose() : form.submit())}
    >
      {act.data ? (
        <OnceLink
          link={act.data.link}
          name={act.variables.body.adminName}
          expiresAt={new Date(act.submittedAt + weekMs).toISOString()}
        />
      ) : (
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={{ kind: 'demand', jurisdiction: 'CN' }}
          onFinish={(body) => act.mutate({ body })}
        >
          <Form.Item
            name="name"
            label={t('people.members.orgName')}
            rules={[required(t('people.members.orgName')), { min: 2, max: 100 }]}
          >
            <Input maxLength={100} autoFocus />
          </Form.Item>
          <Form.Item name="kind" label={t('people.members.orgKind')}>
            <Radio.Group options={kinds.map((kind) => ({ value: kind, label: t(`role.${kind}`) }))} />
          </Form.Item>
          <Form.Item name="jurisdiction" label={t('people.places.place')} extra={t('people.places.hint')}>
            <PlaceSelect />
          </Form.Item>
          <Form.Item
            name="adminName"
            label={t('people.members.adminName')}
            rules={[required(t('people.members.adminName'))]}
          >
            <Input maxLength={60} />
          </Form.Item>
          <ProblemAlert problem={act.error} />
        </Form>
      )}
    </Modal>
  )
}
