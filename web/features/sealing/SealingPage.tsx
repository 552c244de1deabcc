import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { Rotations } from './Rotations.tsx'
import './sealing.css'

const suiteNames = { 'aes-256-gcm': 'AES-256-GCM', 'sm4-ctr-hmac-sm3': 'SM4-CTR + HMAC-SM3' } as const

/** For who runs the platform: how the keys that everything is sealed with are kept. */
export default function SealingPage(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/sealing', {}, { every: 10_000 })
  return (
    <>
      <PageHeader title={t('sealing.title')} about={t('sealing.about')} />
      <Loaded query={found} lines={6}>
        {({ keeper, suite, keys, rotations }) => (
          <div className="stack">
            {keeper.kind === 'file' && (
              <Notice tone="warn" title={t('sealing.inTheClear')}>
                <p>{t('sealing.inTheClearHelp')}</p>
              </Notice>
            )}
            <Panel title={t('sealing.state')}>
              <Facts
                rows={[
                  [
                    t('sealing.now'),
                    <span key="now" className="chip state-good">
                      <Icon name="checkCircle" size={13} />
                      {t('sealing.unsealed')}
                    </span>,
                  ],
                  [
                    t('sealing.keeper'),
                    keeper.kind === 'shares'
                      ? t('sealing.keepers.shares', { needed: keeper.needed, of: keeper.of })
                      : keeper.kind === 'token'
                        ? t('sealing.keepers.token', { token: keeper.token })
                        : t(`sealing.keepers.${keeper.kind}`),
                  ],
                  [t('sealing.afterStart'), t(`sealing.starts.${keeper.kind}`)],
                  [t('sealing.suite'), suiteNames[suite]],
                ]}
              />
            </Panel>
            <Panel title={t('sealing.keys.title')} about={t('sealing.keys.about')} flush>
              <DataList
                label={t('sealing.keys.title')}
                rows={keys}
                rowKey={(row) => String(row.version)}
                empty={<EmptyState icon="key" title={t('sealing.keys.empty')} why={t('sealing.keys.emptyWhy')} />}
                columns={[
                  {
                    key: 'version',
                    label: t('sealing.keys.version'),
                    role: 'lead',
                    cell: (row) => t('sealing.keys.number', { version: row.version }),
                  },
                  { key: 'madeAt', label: t('sealing.keys.madeAt'), cell: (row) => <Moment at={row.madeAt} /> },
                ]}
              />
            </Panel>
            <Rotations rotations={rotations} />
          </div>
        )}
      </Loaded>
    </>
  )
}
