import type { SecurityPage } from '@zhongheng/contracts/http/account.ts'
import { useQueryClient } from '@tanstack/react-query'
import { Button, Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { AddPasskey } from './AddPasskey.tsx'
import { ConfirmModal } from './ConfirmModal.tsx'
import { RecoveryCodes } from './RecoveryCodes.tsx'

type Passkey = SecurityPage['passkeys'][number]
type Asked = { what: 'add' } | { what: 'rename' | 'remove'; passkey: Passkey } | null

export function PasskeysPanel({ page }: { page: SecurityPage }): ReactNode {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Asked>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const remove = useAct('DELETE /api/account/passkeys/:passkeyId')
  const close = (): void => {
    setAsked(null)
    setCodes(null)
    remove.reset()
    void queries.invalidateQueries()
  }
  return (
    <Panel
      title={t('account.passkeys.title')}
      about={t('account.passkeys.about')}
      flush
      extra={
        page.passkeysOffered ? (
          <Button type="primary" onClick={() => setAsked({ what: 'add' })}>
            {t('account.passkeys.add')}
          </Button>
        ) : undefined
      }
    >
      {page.passkeysOffered || page.passkeys.length > 0 ? (
        <DataList
          label={t('account.passkeys.title')}
          rows={page.passkeys}
          rowKey={(row) => row.passkeyId}
          empty={<EmptyState icon="key" title={t('account.passkeys.none')} why={t('account.passkeys.noneText')} />}
          columns={[
            {
              key: 'name',
              label: t('account.passkeys.name'),
              role: 'lead',
              cell: (row) => (
                <>
                  <strong>{row.name}</strong>{' '}
                  {row.synced ? <span className="tag">{t('account.passkeys.synced')}</span> : null}
                </>
              ),
            },
            { key: 'added', label: t('account.passkeys.added'), cell: (row) => <Moment at={row.createdAt} day /> },
            {
              key: 'used',
              label: t('account.passkeys.used'),
              cell: (row) =>
                row.lastUsedAt === null ? (
                  <span className="muted">{t('account.passkeys.never')}</span>
                ) : (
                  <Moment at={row.lastUsedAt} />
                ),
            },
            {
              key: 'act',
              label: '',
              role: 'end',
              cell: (row) => (
                <div className="button-row row-buttons">
                  <Button size="small" onClick={() => setAsked({ what: 'rename', passkey: row })}>
                    {t('account.passkeys.rename')}
                  </Button>
                  <Button size="small" danger onClick={() => setAsked({ what: 'remove', passkey: row })}>
                    {t('account.passkeys.remove')}
                  </Button>
                </div>
              ),
            },
          ]}
        />
      ) : (
        <div className="panel-inset">
          <Notice>{t('account.passkeys.unavailable')}</Notice>
        </div>
      )}
      {asked?.what === 'add' ? (
        <Modal
          open
          title={t('account.passkeys.add')}
          footer={null}
          onCancel={close}
          mask={{ closable: codes === null }}
        >
          {codes ? (
            <RecoveryCodes codes={codes} onKept={close} />
          ) : (
            <AddPasskey onAdded={({ recoveryCodes }) => (recoveryCodes ? setCodes(recoveryCodes) : close())} />
          )}
        </Modal>
      ) : null}
      {asked?.what === 'rename' ? <Rename passkey={asked.passkey} onClose={close} /> : null}
      {asked?.what === 'remove' ? (
        <ConfirmModal
          title={t('account.passkeys.remove')}
          about={t('account.passkeys.removeText', { name: asked.passkey.name })}
          confirm={t('account.passkeys.remove')}
          pending={remove.isPending}
          problem={remove.error}
          onCancel={close}
          onConfirm={() => remove.mutate({ params: { passkeyId: asked.passkey.passkeyId } }, { onSuccess: close })}
        />
      ) : null}
    </Panel>
  )
}

function Rename({ passkey, onClose }: { passkey: Passkey; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [name, setName] = useState(passkey.name)
  const act = useAct('PATCH /api/account/passkeys/:passkeyId')
  return (
    <Modal
      open
      title={t('account.passkeys.rename')}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: name.trim() === '' }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() =>
        act.mutate({ params: { passkeyId: passkey.passkeyId }, body: { name: name.trim() } }, { onSuccess: onClose })
      }
    >
      <div className="stack">
        <Input
          aria-label={t('account.passkeys.name')}
          maxLength={60}
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}
