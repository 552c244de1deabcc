import type { OidcPage } from '@zhongheng/contracts/http/account.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ConfirmModal } from './ConfirmModal.tsx'
import { AddIdentity, ConfigureOidc } from './OidcForms.tsx'

type Identity = OidcPage['identities'][number]
type Asked = { what: 'configure' | 'add' } | { what: 'remove'; identity: Identity } | null

/** The house's own sign-in provider, and which of its accounts belongs to which member. */
export function OidcPanel(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/oidc-provider')
  const remove = useAct('DELETE /api/oidc-identities/:oidcIdentityId')
  const [asked, setAsked] = useState<Asked>(null)
  const close = (): void => {
    setAsked(null)
    remove.reset()
  }
  return (
    <Panel
      title={t('account.oidc.title')}
      about={t('account.oidc.about')}
      extra={<Button onClick={() => setAsked({ what: 'configure' })}>{t('account.oidc.configure')}</Button>}
    >
      <Loaded query={found}>
        {(page) => (
          <div className="stack">
            {page.provider ? (
              <Facts
                rows={[
                  [
                    t('account.oidc.label'),
                    <span key="label">
                      {page.provider.label}{' '}
                      <span className={page.provider.enabled ? 'tag ok' : 'tag warn'}>
                        {page.provider.enabled ? t('account.oidc.on') : t('account.oidc.off')}
                      </span>
                    </span>,
                  ],
                  [
                    t('account.oidc.issuer'),
                    <code key="issuer" className="break">
                      {page.provider.issuer}
                    </code>,
                  ],
                  [t('account.oidc.signIn'), <Address key="signIn" text={page.signInAddress} />],
                  [t('account.oidc.redirect'), <Address key="redirect" text={page.redirectAddress} />],
                ]}
              />
            ) : (
              <EmptyState icon="link" title={t('account.oidc.none')} why={t('account.oidc.noneText')} />
            )}
            {page.provider ? (
              <DataList
                label={t('account.oidc.identities')}
                rows={page.identities}
                rowKey={(row) => row.oidcIdentityId}
                empty={
                  <EmptyState
                    icon="people"
                    title={t('account.oidc.noIdentities')}
                    why={t('account.oidc.noIdentitiesText')}
                  />
                }
                columns={[
                  {
                    key: 'who',
                    label: t('account.oidc.member'),
                    role: 'lead',
                    cell: (row) => (
                      <>
                        <strong>{row.name}</strong>
                        <div className="muted mono">{row.login}</div>
                      </>
                    ),
                  },
                  {
                    key: 'account',
                    label: t('account.oidc.by'),
                    cell: (row) => <span className="mono break">{row.subject ?? row.email}</span>,
                  },
                  {
                    key: 'state',
                    label: t('engagement.list.state'),
                    cell: (row) =>
                      row.linkedAt === null ? (
                        <span className="tag warn">{t('account.oidc.waiting')}</span>
                      ) : (
                        <span className="tag ok">{t('account.oidc.linked')}</span>
                      ),
                  },
                  {
                    key: 'act',
                    label: '',
                    role: 'end',
                    cell: (row) => (
                      <div className="button-row row-buttons">
                        <Button size="small" danger onClick={() => setAsked({ what: 'remove', identity: row })}>
                          {t('account.oidc.remove')}
                        </Button>
                      </div>
                    ),
                  },
                ]}
              />
            ) : null}
            {page.provider ? (
              <div>
                <Button onClick={() => setAsked({ what: 'add' })}>{t('account.oidc.add')}</Button>
              </div>
            ) : null}
            {asked?.what === 'configure' ? <ConfigureOidc page={page} onClose={close} /> : null}
            {asked?.what === 'add' ? <AddIdentity onClose={close} /> : null}
            {asked?.what === 'remove' ? (
              <ConfirmModal
                title={t('account.oidc.remove')}
                about={t('account.oidc.removeText', { name: asked.identity.name })}
                confirm={t('account.oidc.remove')}
                pending={remove.isPending}
                problem={remove.error}
                onCancel={close}
                onConfirm={() =>
                  remove.mutate({ params: { oidcIdentityId: asked.identity.oidcIdentityId } }, { onSuccess: close })
                }
              />
            ) : null}
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

const Address = ({ text }: { text: string }): ReactNode => (
  <span className="button-row">
    <code className="break">{text}</code>
    <CopyButton text={text} />
  </span>
)
