import type { SecurityPage } from '@zhongheng/contracts/http/account.ts'
import { tokenAreas } from '@zhongheng/contracts/http/token-areas.ts'
import { Button, Checkbox, Form, Input, InputNumber, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ConfirmModal } from './ConfirmModal.tsx'

type Token = SecurityPage['tokens'][number]
type Scope = `${(typeof tokenAreas)[number]}:${'read' | 'write'}`

export function TokensPanel({ page }: { page: SecurityPage }): ReactNode {
  const { t } = useTranslation()
  const [making, setMaking] = useState(false)
  const [ending, setEnding] = useState<Token | null>(null)
  const end = useAct('DELETE /api/account/tokens/:accessTokenId')
  return (
    <Panel
      title={t('account.tokens.title')}
      about={t('account.tokens.about')}
      flush
      extra={<Button onClick={() => setMaking(true)}>{t('account.tokens.make')}</Button>}
    >
      <DataList
        label={t('account.tokens.title')}
        rows={page.tokens}
        rowKey={(row) => row.accessTokenId}
        empty={<EmptyState icon="key" title={t('account.tokens.none')} why={t('account.tokens.noneText')} />}
        columns={[
          {
            key: 'name',
            label: t('account.tokens.name'),
            role: 'lead',
            cell: (row) => (
              <>
                <strong>{row.name}</strong>
                <div className="muted mono">{row.hint}</div>
              </>
            ),
          },
          {
            key: 'scopes',
            label: t('account.tokens.scopes'),
            cell: (row) => <span className="mono">{row.scopes.join(' ')}</span>,
          },
          { key: 'until', label: t('account.tokens.until'), cell: (row) => <Moment at={row.expiresAt} day /> },
          {
            key: 'used',
            label: t('account.tokens.used'),
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
                <Button size="small" danger onClick={() => setEnding(row)}>
                  {t('account.tokens.end')}
                </Button>
              </div>
            ),
          },
        ]}
      />
      {making ? <MakeToken onClose={() => setMaking(false)} /> : null}
      {ending ? (
        <ConfirmModal
          title={t('account.tokens.end')}
          about={t('account.tokens.endText', { name: ending.name })}
          confirm={t('account.tokens.end')}
          pending={end.isPending}
          problem={end.error}
          onCancel={() => setEnding(null)}
          onConfirm={() =>
            end.mutate({ params: { accessTokenId: ending.accessTokenId } }, { onSuccess: () => setEnding(null) })
          }
        />
      ) : null}
    </Panel>
  )
}

function MakeToken({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/account/tokens')
  const [name, setName] = useState('')
  const [days, setDays] = useState<number | null>(90)
  const [scopes, setScopes] = useState<readonly Scope[]>([])
  const fits = name.trim() !== '' && days !== null && scopes.length > 0
  const choose = (scope: Scope, chosen: boolean): void =>
    setScopes(chosen ? [...scopes, scope] : scopes.filter((one) => one !== scope))
  return (
    <Modal
      open
      title={t('account.tokens.make')}
      okText={act.data ? t('action.close') : t('account.tokens.make')}
      cancelText={t('action.cancel')}
      {...(act.data ? { cancelButtonProps: { style: { display: 'none' } } } : {})}
      // Closing by a stray click would lose the token for good.
      mask={{ closable: !act.data }}
      okButtonProps={{ disabled: !act.data && !fits }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() =>
        act.data ? onClose() : act.mutate({ body: { name: name.trim(), days: days ?? 1, scopes: [...scopes] } })
      }
    >
      {act.data ? (
        <div className="stack">
          <Notice tone="warn" title={t('account.tokens.shownTitle')}>
            {t('account.tokens.shownText')}
          </Notice>
          <div className="secret-box">
            <code>{act.data.token}</code>
            <CopyButton text={act.data.token} />
          </div>
        </div>
      ) : (
        <Form layout="vertical" requiredMark={false}>
          <Form.Item label={t('account.tokens.name')} htmlFor="token-name">
            <Input
              id="token-name"
              maxLength={60}
              autoFocus
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          </Form.Item>
          <Form.Item label={t('account.tokens.scopes')}>
            <div className="scope-grid">
              {tokenAreas.flatMap((area) => [
                <span key={area}>{t(`account.tokens.area.${area}`)}</span>,
                ...(['read', 'write'] as const).map((right) => (
                  <Checkbox
                    key={`${area}:${right}`}
                    aria-label={`${t(`account.tokens.area.${area}`)} ${t(`account.tokens.${right}`)}`}
                    checked={scopes.includes(`${area}:${right}`)}
                    onChange={(event) => choose(`${area}:${right}`, event.target.checked)}
                  >
                    {t(`account.tokens.${right}`)}
                  </Checkbox>
                )),
              ])}
            </div>
          </Form.Item>
          <Form.Item label={t('account.tokens.days')} htmlFor="token-days" extra={t('account.tokens.daysHint')}>
            <InputNumber id="token-days" min={1} max={365} precision={0} value={days} onChange={setDays} />
          </Form.Item>
          <ProblemAlert problem={act.error} />
        </Form>
      )}
    </Modal>
  )
}
