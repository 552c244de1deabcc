import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { NoticeVersion } from '../personal-data/NoticeVersion.tsx'

/** How many of the house read which version of the privacy notice and gave which consent; nobody's answer. */
export function PrivacyCounts(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/privacy-answers')
  return (
    <Panel title={t('privacy.counts')} about={t('privacy.countsAbout')}>
      <Loaded query={found} lines={3}>
        {({ members, version, read, consents }) => (
          <Facts
            rows={[
              ...read.map(
                (one) =>
                  [
                    one.version === null
                      ? t('privacy.notRead')
                      : t(one.version === version ? 'privacy.readCurrent' : 'privacy.readEarlier'),
                    <span key={one.version}>
                      {t('privacy.of', { count: one.members, members })}{' '}
                      <span className="muted">
                        {one.version === null ? null : <NoticeVersion version={one.version} since={one.since} />}
                      </span>
                    </span>,
                  ] as const,
              ),
              ...consents.map(
                (one) =>
                  [
                    `${t('privacy.agreed')}${t(`privacy.purpose.${one.purpose}`)}`,
                    t('privacy.consentCounts', { given: one.given, withdrawn: one.withdrawn }),
                  ] as const,
              ),
            ]}
          />
        )}
      </Loaded>
    </Panel>
  )
}
