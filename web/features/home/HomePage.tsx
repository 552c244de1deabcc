import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { StateChip } from '../../ui/StateChip.tsx'
import { TimeWindow } from '../../ui/TimeWindow.tsx'
import './home.css'

/** What waits for this person, and where they take part. */
export default function HomePage(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const me = useMe()
  const home = useApi('GET /api/home', {}, { every: 30_000 })
  const engagements = useApi('GET /api/engagements', { query: { limit: 8 } })
  const create = me.may.includes('engagement.create') ? (
    <LinkButton color="primary" variant="solid" to="/engagements/new">
      {t('people.home.create')}
    </LinkButton>
  ) : undefined
  return (
    <>
      <PageHeader
        title={t('people.home.greeting', { name: me.name })}
        about={`${me.orgName} · ${t(`role.${me.orgKind}`)}`}
        actions={create}
      />
      <div className="columns home-columns">
        <Panel title={t('people.home.title')} flush>
          <Loaded query={home}>
            {({ waiting }) =>
              waiting.length === 0 ? (
                <EmptyState icon="checkCircle" title={t('people.home.empty')} why={t('people.home.emptyText')} />
              ) : (
                <ul className="waiting">
                  {waiting.map((one, index) => (
                    <li key={`${one.kind} ${one.href} ${index}`}>
                      <Link to={one.href as '/'} className="waiting-link">
                        <span>
                          <strong>{say(one.text)}</strong>
                          <span className="waiting-about muted">
                            {one.engagementTitle === null ? null : <span>{one.engagementTitle}</span>}
                            {one.since === null ? null : (
                              <span>
                                {t('people.home.since')} <Moment at={one.since} />
                              </span>
                            )}
                          </span>
                        </span>
                        <Icon name="right" size={16} />
                      </Link>
                    </li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Panel>
        <Panel title={t('people.home.running')} extra={<Link to="/engagements">{t('people.home.all')}</Link>} flush>
          <Loaded query={engagements}>
            {({ engagements: rows }) =>
              rows.length === 0 ? (
                <EmptyState
                  icon="target"
                  title={t('people.home.noneRunning')}
                  why={t(`people.home.noneRunningText.${me.orgKind}`)}
                />
              ) : (
                <ul className="running">
                  {rows.map((row) => (
                    <li key={row.engagementId}>
                      <Link
                        to="/engagements/$engagementId"
                        params={{ engagementId: row.engagementId }}
                        className="row-title"
                      >
                        {row.title}
                      </Link>
                      <div className="running-line muted">
                        <StateChip engagement={row.state} />
                        <TimeWindow opens={row.windowOpens} closes={row.windowCloses} />
                      </div>
                    </li>
                  ))}
                </ul>
              )
            }
          </Loaded>
        </Panel>
      </div>
    </>
  )
}
