import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import type { LinkProps } from '@tanstack/react-router'
import type { ParseKeys } from 'i18next'

type Tab = { to: NonNullable<LinkProps['to']>; label: ParseKeys; shows: (page: EngagementPage) => boolean }

const may =
  (action: string) =>
  (page: EngagementPage): boolean =>
    page.may.includes(action)

/** The tab bar of an engagement, left to right; each has its route in app/routes.tsx. `shows` says for whom. */
export const engagementTabs: readonly Tab[] = [
  { to: '/engagements/$engagementId', label: 'engagement.tab.overview', shows: () => true },
  { to: '/engagements/$engagementId/scope', label: 'engagement.tab.scope', shows: may('scope.read') },
  {
    to: '/engagements/$engagementId/proofs',
    label: 'engagement.tab.proofs',
    shows: (page) => page.myRole === 'demand' || page.myRole === 'organizer' || page.myRole === 'auditor',
  },
  { to: '/engagements/$engagementId/records', label: 'engagement.tab.records', shows: may('record.read') },
  { to: '/engagements/$engagementId/letters', label: 'engagement.tab.letters', shows: may('letter.read') },
  { to: '/engagements/$engagementId/rules', label: 'engagement.tab.rules', shows: () => true },
  { to: '/engagements/$engagementId/people', label: 'engagement.tab.people', shows: may('enrollment.list') },
  { to: '/engagements/$engagementId/traffic', label: 'engagement.tab.traffic', shows: may('traffic.list') },
  { to: '/engagements/$engagementId/alerts', label: 'engagement.tab.alerts', shows: may('alert.read') },
  { to: '/engagements/$engagementId/findings', label: 'engagement.tab.findings', shows: may('finding.list') },
  { to: '/engagements/$engagementId/reports', label: 'engagement.tab.reports', shows: may('report.read') },
  { to: '/engagements/$engagementId/timeline', label: 'engagement.tab.timeline', shows: may('engagement.timeline') },
  { to: '/engagements/$engagementId/readings', label: 'engagement.tab.readings', shows: may('reading.list') },
  { to: '/engagements/$engagementId/decoys', label: 'engagement.tab.decoys', shows: may('decoy_opening.list') },
  { to: '/engagements/$engagementId/retention', label: 'engagement.tab.retention', shows: may('hold.read') },
]
