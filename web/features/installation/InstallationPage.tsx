import type { InstallationView, PartView } from '@zhongheng/contracts/http/installation.ts'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Icon } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { LevelChip } from './LevelChip.tsx'
import { MoveEngagements } from './MoveEngagements.tsx'
import { shownText } from './shown-text.ts'
import './installation.css'

const tones = { ok: 'ok', warning: 'warn', fault: 'bad' } as const

/** For who runs the platform: how each part does, since when, and what to do. */
export default function InstallationPage(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/installation', {}, { every: 5000 })
  return (
    <>
      <PageHeader title={t('installation.title')} about={t('installation.about')} />
      <Loaded query={found} lines={8}>
        {(view) => (
          <div className="stack">
            {found.error && (
              <Notice tone="warn">
                <p>{t('installation.stale')}</p>
              </Notice>
            )}
            <Overall view={view} />
            <div className="installation-parts">
              {view.parts.map((part) => (
                <OnePart key={part.part} part={part} nodes={view.nodes} />
              ))}
            </div>
          </div>
        )}
      </Loaded>
    </>
  )
}

function Overall({ view }: { view: InstallationView }): ReactNode {
  const { t } = useTranslation()
  const wanting = view.parts.filter(({ level }) => level === view.level)
  return (
    <Notice tone={tones[view.level]} title={t(`installation.headings.${view.level}`)}>
      <p className="muted">
        {view.level === 'ok' ? '' : `${wanting.map(({ part }) => t(`installation.parts.${part}`)).join(' · ')} · `}
        {t('installation.lookedAt')} <Moment at={view.lookedAt} seconds />
      </p>
    </Notice>
  )
}

function OnePart({ part, nodes }: { part: PartView; nodes: InstallationView['nodes'] }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const word = language === 'en' ? 'en' : 'zh'
  return (
    <Panel title={t(`installation.parts.${part.part}`)} extra={<LevelChip level={part.level} />}>
      <div className="stack-tight">
        <p className="installation-what">
          {part.what[word]}
          {part.part !== 'versions' && (
            <span className="muted installation-since">
              {t('installation.since')}
              <Moment at={part.since} />
            </span>
          )}
        </p>
        {part.todo && (
          <p className={`installation-todo installation-${part.level}`}>
            <Icon name="arrow" size={14} />
            <span>
              {part.todo[word]}{' '}
              <Link to="/installation/guide" search={{ section: part.part }}>
                {t('installation.guideLink')}
              </Link>
            </span>
          </p>
        )}
        {part.facts.length > 0 && (
          <Facts
            rows={part.facts.map(({ name, value }) => [
              name[word],
              value.kind === 'moment' ? <Moment key={name.en} at={value.at} seconds /> : shownText(value, word),
            ])}
          />
        )}
        {part.part === 'nodes' && <MoveEngagements nodes={nodes} />}
      </div>
    </Panel>
  )
}
