import { Link, useSearch } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import guide from '../../../docs/guides/operating.md?raw'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Markdown } from '../../ui/Markdown.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { sectionOf, withoutFileLinks } from './guide-sections.ts'
import './installation.css'

/** The operator's guide of this version, whole or one section of it: it must be at hand when the network is not. */
export default function GuidePage(): ReactNode {
  const { t } = useTranslation()
  const { section } = useSearch({ from: '/shell/installation/guide' })
  const text = section === undefined ? guide : sectionOf(guide, section)
  return (
    <>
      <PageHeader
        title={t('installation.guide.title')}
        about={t('installation.guide.about')}
        actions={<Link to="/installation">{t('installation.guide.back')}</Link>}
      />
      {text === undefined ? (
        <EmptyState icon="search" title={t('installation.guide.unknown')} why={t('installation.guide.unknownWhy')} />
      ) : (
        <div className="panel installation-guide" lang="en">
          <div className="panel-body">
            <Markdown text={withoutFileLinks(text)} />
          </div>
        </div>
      )}
    </>
  )
}
