import type { Group } from '@zhongheng/contracts/http/groups.ts'
import { Button, Form, Input, Modal, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'

type Asked = { what: 'edit' | 'remove'; group: Group } | { what: 'make' } | null

/** Groups of the own organisation; its security administrator keeps them. */
export function Groups(): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const found = useApi('GET /api/groups')
  const [asked, setAsked] = useState<Asked>(null)
  const mayKeep = me.may.includes('groups.keep')
  const close = (): void => setAsked(null)
  return (
    <Panel
      title={t('groups.title')}
      about={t('groups.about')}
      flush
      extra={mayKeep ? <Button onClick={() => setAsked({ what: 'make' })}>{t('groups.make')}</Button> : undefined}
    >
      <Loaded query={found} lines={2}>
        {({ groups }) => (
          <DataList
            label={t('groups.title')}
            rows={groups}
            rowKey={(group) => group.groupId}
            empty={<EmptyState icon="people" title={t('groups.empty')} why={t('groups.emptyWhy')} />}
            columns={[
              {
                key: 'name',
                label: t('groups.name'),
                role: 'lead',
                cell: (group) => <strong>{group.name}</strong>,
              },
              {
                key: 'members',
                label: t('groups.members'),
                cell: (group) =>
                  group.members.length === 0 ? (
                    <span className="muted">{t('groups.nobody')}</span>
                  ) : (
                    group.members.map(({ name }) => name).join(' · ')
                  ),
              },
              {
                key: 'act',
                label: '',
                role: 'end',
                cell: (group) =>
                  mayKeep ? (
                    <div className="button-row row-buttons">
                      <Button size="small" onClick={() => setAsked({ what: 'edit', group })}>
                        {t('groups.change')}
                      </Button>
                      <Button size="small" danger onClick={() => setAsked({ what: 'remove', group })}>
                        {t('groups.remove')}
                      </Button>
                    </div>
                  ) : null,
              },
            ]}
          />
        )}
      </Loaded>
      {asked?.what === 'make' ? <EditGroup group={null} onClose={close} /> : null}
      {asked?.what === 'edit' ? <EditGroup group={asked.group} onClose={close} /> : null}
      {asked?.what === 'remove' ? <RemoveGroup group={asked.group} onClose={close} /> : null}
    </Panel>
  )
}

function EditGroup({ group, onClose }: { group: Group | null; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [form] = Form.useForm<{ name: string; personIds: string[] }>()
  const members = useApi('GET /api/members')
  const make = useAct('POST /api/groups')
  const change = useAct('PUT /api/groups/:groupId')
  const { error, isPending } = group === null ? make : change
  useFormProblem(form, error)
  return (
    <Modal
      open
      title={t(group === null ? 'groups.make' : 'groups.changeTitle')}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      confirmLoading={isPending}
      onCancel={onClose}
      onOk={() => form.submit()}
    >
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        initialValues={{
          name: group?.name ?? '',
          personIds: group?.members.map(({ personId }) => personId) ?? [],
        }}
        onFinish={(body) =>
          group === null
            ? make.mutate({ body }, { onSuccess: onClose })
            : change.mutate(
                { params: { groupId: group.groupId }, body: { ...body, version: group.version } },
                { onSuccess: onClose },
              )
        }
      >
        <Form.Item
          name="name"
          label={t('groups.name')}
          rules={[{ required: true, whitespace: true, message: t('form.required', { label: t('groups.name') }) }]}
        >
          <Input maxLength={60} autoFocus />
        </Form.Item>
        <Form.Item
          name="personIds"
          label={t('groups.members')}
          extra={group === null ? undefined : t('groups.leaving')}
        >
          <Select
            mode="multiple"
            optionFilterProp="label"
            loading={members.isPending}
            options={(members.data?.members ?? [])
              .filter(({ state }) => state !== 'removed')
              .map(({ personId, name, login }) => ({ value: personId, label: `${name} · ${login}` }))}
          />
        </Form.Item>
        <ProblemAlert problem={error} />
      </Form>
    </Modal>
  )
}

function RemoveGroup({ group, onClose }: { group: Group; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('DELETE /api/groups/:groupId')
  return (
    <Modal
      open
      title={t('groups.removeTitle', { name: group.name })}
      okText={t('groups.remove')}
      cancelText={t('action.cancel')}
      okButtonProps={{ danger: true }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => act.mutate({ params: { groupId: group.groupId } }, { onSuccess: onClose })}
    >
      <div className="stack">
        <p>{t('groups.removeText')}</p>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}
