import type { SecurityPage } from '@zhongheng/contracts/http/account.ts'
import { Button, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useQueryClient } from '@tanstack/react-query'
import { Moment } from '../../ui/Moment.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ConfirmModal } from './ConfirmModal.tsx'
import { EnrolCode } from './EnrolCode.tsx'
import { RecoveryCodes } from './RecoveryCodes.tsx'

export function CodePanel({ page }: { page: SecurityPage }): ReactNode {
  const { t } = useTranslation()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<'enrol' | 'remove' | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const remove = useAct('DELETE /api/account/code')
  const close = (): void => {
    setAsked(null)
    setCodes(null)
    remove.reset()
    void queries.invalidateQueries()
  }
  return (
    <Panel
      title={t('account.code.title')}
      about={t('account.code.about')}
      extra={
        <div className="button-row">
          <Button onClick={() => setAsked('enrol')}>
            {page.code ? t('account.code.replace') : t('account.code.enrol')}
          </Button>
          {page.code ? (
            <Button danger onClick={() => setAsked('remove')}>
              {t('account.code.remove')}
            </Button>
          ) : null}
        </div>
      }
    >
      {page.code ? (
        <Facts rows={[[t('account.code.since'), <Moment key="since" at={page.code.enrolledAt} day />]]} />
      ) : (
        <p className="muted">{t('account.code.off')}</p>
      )}
      {asked === 'enrol' ? (
        <Modal open title={t('account.code.title')} footer={null} onCancel={close} mask={{ closable: codes === null }}>
          {codes ? (
            <RecoveryCodes codes={codes} onKept={close} />
          ) : (
            <EnrolCode onEnrolled={({ recoveryCodes }) => setCodes(recoveryCodes ?? [])} />
          )}
        </Modal>
      ) : null}
      {asked === 'remove' ? (
        <ConfirmModal
          title={t('account.code.remove')}
          about={t('account.code.removeText')}
          confirm={t('account.code.remove')}
          pending={remove.isPending}
          problem={remove.error}
          onCancel={close}
          onConfirm={() => remove.mutate({}, { onSuccess: close })}
        />
      ) : null}
    </Panel>
  )
}

export function RecoveryPanel({ page }: { page: SecurityPage }): ReactNode {
  const { t } = useTranslation()
  const [asked, setAsked] = useState(false)
  const make = useAct('POST /api/account/recovery-codes')
  const close = (): void => {
    setAsked(false)
    make.reset()
  }
  const possible = page.code !== null || page.passkeys.length > 0
  return (
    <Panel
      title={t('account.recovery.title')}
      about={t('account.recovery.about')}
      extra={possible ? <Button onClick={() => setAsked(true)}>{t('account.recovery.renew')}</Button> : undefined}
    >
      <p className={possible && page.recoveryCodesLeft < 3 ? 'tag warn' : 'muted'}>
        {possible ? t('account.recovery.left', { count: page.recoveryCodesLeft }) : t('account.recovery.none')}
      </p>
      {asked && !make.data ? (
        <ConfirmModal
          title={t('account.recovery.renew')}
          about={t('account.recovery.renewText')}
          confirm={t('account.recovery.renew')}
          pending={make.isPending}
          problem={make.error}
          onCancel={close}
          onConfirm={() => make.mutate({})}
        />
      ) : null}
      {asked && make.data ? (
        <Modal open title={t('account.recovery.title')} footer={null} mask={{ closable: false }} onCancel={close}>
          <RecoveryCodes codes={make.data.recoveryCodes} onKept={close} />
        </Modal>
      ) : null}
    </Panel>
  )
}
