import type { QueryClient } from '@tanstack/react-query'
import { Outlet, createRootRouteWithContext, createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import type { ComponentType } from 'react'
import { call } from '../api/call.ts'
import { ApiProblem } from '../api/problem.ts'
import { recordFilters } from '../features/administration/record-filters.ts'
import { engagementFilters } from '../features/engagements/filters.ts'
import { inboxSearch } from '../features/findings/filters.ts'
import { draftSearch } from '../features/findings/imports/imported-drafts.ts'
import { ledgerSearch } from '../features/ledger/filters.ts'
import { alertFilters } from '../features/conduct/alert-filters.ts'
import { readingFilters } from '../features/readings/reading-filters.ts'
import { exchangeIdIn, trafficFilters } from '../features/traffic/filters.ts'
import { type RawSearch, present, text } from './search.ts'

type Load = () => Promise<{ default: ComponentType }>

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet })

/** Everything behind the login. Who is signed in is known before any page of it appears. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  beforeLoad: async ({ context, location }) => {
    try {
      const me = await context.queries.ensureQueryData({
        queryKey: ['GET /api/me', {}],
        queryFn: () => call('GET /api/me'),
      })
      // Whoever comes for the first time reads first; who comes with an errand finds a line above it.
      if (me.noticeDue !== null && location.pathname === '/') redirect({ to: '/account/privacy', throw: true })
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error
      redirect({ to: '/sign-in', search: location.href === '/' ? {} : { to: location.href }, throw: true })
    }
  },
  component: lazyRouteComponent(() => import('./Shell.tsx')),
})
/** One engagement: header and tabs stay while the tab below changes. */
const engagement = createRoute({
  getParentRoute: () => shell,
  path: 'engagements/$engagementId',
  component: lazyRouteComponent(() => import('../features/engagements/EngagementFrame.tsx')),
})

/** A page for everybody. */
const open = <P extends string, S extends object = object>(
  path: P,
  load: Load,
  search: (raw: RawSearch) => S = () => ({}) as S,
) => createRoute({ getParentRoute: () => root, path, component: lazyRouteComponent(load), validateSearch: search })
/** A page behind the login. */
const page = <P extends string, S extends object = object>(
  path: P,
  load: Load,
  search: (raw: RawSearch) => S = () => ({}) as S,
) => createRoute({ getParentRoute: () => shell, path, component: lazyRouteComponent(load), validateSearch: search })
/** A tab of an engagement; its entry in the tab bar stands in features/engagements/tabs.ts. */
const tab = <P extends string, S extends object = object>(
  path: P,
  load: Load,
  search: (raw: RawSearch) => S = () => ({}) as S,
) =>
  createRoute({ getParentRoute: () => engagement, path, component: lazyRouteComponent(load), validateSearch: search })

/** The live list stays while an exchange opens beside it. */
const traffic = tab('/traffic', () => import('../features/traffic/TrafficTab.tsx'), trafficFilters)
const exchange = createRoute({
  getParentRoute: () => traffic,
  path: '$exchangeId',
  component: lazyRouteComponent(() => import('../features/traffic/ExchangeView.tsx')),
})

/** Every page of the application: one line each, loaded when it is opened. */
export const routeTree = root.addChildren([
  open(
    '/sign-in',
    () => import('../features/sign-in/SignInPage.tsx'),
    (raw) => present({ to: text(raw, 'to'), house: text(raw, 'house') }),
  ),
  open(
    '/sign-in/return',
    () => import('../features/sign-in/ReturnPage.tsx'),
    (raw) => present({ code: text(raw, 'code'), state: text(raw, 'state'), iss: text(raw, 'iss') }),
  ),
  open('/password-lost', () => import('../features/sign-in/LostPasswordPage.tsx')),
  open('/password-reset', () => import('../features/sign-in/ResetPasswordPage.tsx')),
  open('/setup', () => import('../features/set-up/SetUpPage.tsx')),
  open('/invitations/accept', () => import('../features/invitation/InvitationPage.tsx')),
  open(
    '/check',
    () => import('../features/letter-check/LetterCheckPage.tsx'),
    (raw) => present({ number: text(raw, 'number'), code: text(raw, 'code') }),
  ),
  shell.addChildren([
    page('/', () => import('../features/home/HomePage.tsx')),
    page('/engagements', () => import('../features/engagements/EngagementsPage.tsx'), engagementFilters),
    page('/engagements/new', () => import('../features/engagements/CreateEngagementPage.tsx')),
    page('/account/security', () => import('../features/account/SecurityPage.tsx')),
    page('/account/data', () => import('../features/personal-data/MyDataPage.tsx')),
    page('/corrections', () => import('../features/personal-data/CorrectionsPage.tsx')),
    page('/account/privacy', () => import('../features/personal-data/PrivacyPage.tsx')),
    page('/account/rules', () => import('../features/account/SignInRulesPage.tsx')),
    page(
      '/notices',
      () => import('../features/notices/NoticesPage.tsx'),
      (raw) => (text(raw, 'unread') === 'true' ? { unread: true } : {}) as { unread?: boolean },
    ),
    page('/members', () => import('../features/members/MembersPage.tsx')),
    page('/findings', () => import('../features/findings/FindingsInboxPage.tsx'), inboxSearch),
    page(
      '/testers',
      () => import('../features/testers/TestersPage.tsx'),
      (raw) => present({ search: text(raw, 'search')?.slice(0, 100) }),
    ),
    page('/testers/me', () => import('../features/testers/MyTesterPage.tsx')),
    page('/offers', () => import('../features/testers/OffersPage.tsx')),
    page('/receipts', () => import('../features/receipts/ReceiptsPage.tsx')),
    page('/approvals', () => import('../features/approvals/ApprovalsPage.tsx')),
    page('/administration', () => import('../features/administration/AdministrationPage.tsx'), recordFilters),
    page('/sealing', () => import('../features/sealing/SealingPage.tsx')),
    page('/installation', () => import('../features/installation/InstallationPage.tsx')),
    page(
      '/installation/guide',
      () => import('../features/installation/GuidePage.tsx'),
      (raw) => present({ section: text(raw, 'section')?.slice(0, 40) }),
    ),
    page('/ledger', () => import('../features/ledger/LedgerPage.tsx'), ledgerSearch),
    engagement.addChildren([
      tab('/', () => import('../features/engagements/OverviewTab.tsx')),
      tab('/scope', () => import('../features/engagements/scope/ScopeTab.tsx')),
      tab('/proofs', () => import('../features/engagements/ProofsTab.tsx')),
      tab('/records', () => import('../features/engagements/RecordsTab.tsx')),
      tab('/letters', () => import('../features/engagements/LettersTab.tsx')),
      tab('/edit', () => import('../features/engagements/EditTab.tsx')),
      tab('/rules', () => import('../features/engagements/RulesTab.tsx')),
      tab('/people', () => import('../features/testers/PeopleTab.tsx')),
      tab('/quiz', () => import('../features/testers/QuizTab.tsx')),
      tab('/pledge', () => import('../features/testers/PledgeTab.tsx')),
      traffic.addChildren([exchange]),
      tab(
        '/traffic-compare',
        () => import('../features/traffic/ComparePage.tsx'),
        (raw) => present({ a: exchangeIdIn(raw, 'a'), b: exchangeIdIn(raw, 'b') }),
      ),
      tab('/coverage', () => import('../features/traffic/CoveragePage.tsx')),
      tab('/alerts', () => import('../features/conduct/AlertsTab.tsx'), alertFilters),
      tab('/findings', () => import('../features/findings/FindingsTab.tsx')),
      tab('/findings/new', () => import('../features/findings/SubmitFindingTab.tsx'), draftSearch),
      tab('/findings/import', () => import('../features/findings/imports/ImportScanTab.tsx')),
      tab('/findings/$findingId', () => import('../features/findings/FindingTab.tsx')),
      tab('/findings/$findingId/edit', () => import('../features/findings/MendFindingTab.tsx')),
      tab('/reports', () => import('../features/reports/ReportsTab.tsx')),
      tab('/readings', () => import('../features/readings/ReadingsTab.tsx'), readingFilters),
      tab('/decoys', () => import('../features/decoys/DecoysTab.tsx')),
      tab('/timeline', () => import('../features/engagements/TimelineTab.tsx')),
      tab('/retention', () => import('../features/retention/RetentionTab.tsx')),
    ]),
  ]),
])
