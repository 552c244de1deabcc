import { Link } from '@tanstack/react-router'
import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useMe } from '../../app/session.ts'
import { Moment } from '../../ui/Moment.tsx'
import { Facts } from '../../ui/Panel.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { StateChip } from '../../ui/StateChip.tsx'
import { FindingReaders } from '../readings/FindingReaders.tsx'
import { Assignee } from './Assignee.tsx'
import { RewardBox } from './RewardBox.tsx'
import { useWeaknesses } from './use-weaknesses.ts'

/** What is known about a finding besides its text. */
export function FindingSide({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const { nameOf } = useWeaknesses()
  const { engagementId } = page
  const entry = (index: number | null): ReactNode =>
    index === null ? (
      <span className="muted">{t('findings.page.pending')}</span>
    ) : (
      <Link to="/ledger" search={{ entry: String(index) }}>
        #{index}
      </Link>
    )
  return (
    <aside className="finding-side">
      <Group title={t('findings.side.state')}>
        <p className="button-row">
          <StateChip finding={page.state} />
          <span>
            {page.nextBy === null
              ? t('findings.side.nextNone')
              : t('findings.side.nextBy', { role: t(`role.${page.nextBy}`) })}
          </span>
        </p>
        {page.may.includes('finding.assign') || page.assignee !== null ? (
          <Facts rows={[[t('findings.assign.label'), <Assignee key="assignee" page={page} />]]} />
        ) : null}
      </Group>
      <Group title={t('findings.side.severity')}>
        <Facts
          rows={[
            [t('findings.side.final'), <SeverityPill key="final" severity={page.severity} />],
            [t('findings.side.testerSaid'), <SeverityPill key="tester" severity={page.testerSeverity} />],
            [
              t('findings.side.vector'),
              page.cvssVector === null ? (
                <span key="none" className="muted">
                  {t('findings.side.noVector')}
                </span>
              ) : (
                <span key="vector">
                  <code className="break">{page.cvssVector}</code>
                  {page.cvssScore === null ? null : (
                    <span className="muted"> · {t('findings.side.score', { score: page.cvssScore.toFixed(1) })}</span>
                  )}
                </span>
              ),
            ],
            [
              t('findings.side.weakness'),
              <span key="cwe">
                <span className="mono">{page.cwe}</span> {nameOf(page.cwe)}
              </span>,
            ],
          ]}
        />
      </Group>
      <Group title={t('findings.reward.title')}>
        <RewardBox page={page} />
      </Group>
      <Group title={t('findings.side.about')}>
        <Facts
          rows={[
            [
              t('findings.side.engagement'),
              <Link key="engagement" to="/engagements/$engagementId" params={{ engagementId }}>
                {page.engagementTitle}
              </Link>,
            ],
            [t('findings.side.asset'), <code key="asset">{page.asset}</code>],
            [t('findings.side.scope'), t('findings.side.scopeNumber', { number: page.scopeNumber })],
            [
              t('findings.side.letter'),
              page.letterNumber === null ? (
                <span key="none" className="muted">
                  {t('findings.side.noLetter')}
                </span>
              ) : (
                <span key="letter" className="mono">
                  {page.letterNumber}
                </span>
              ),
            ],
            [t('findings.side.tester'), `${page.testerName} · ${page.testerOrgName}`],
            [t('findings.side.submittedAt'), <Moment key="submitted" at={page.submittedAt} seconds />],
            [t('findings.side.updatedAt'), <Moment key="updated" at={page.updatedAt} seconds />],
            ...(page.duplicateOf
              ? [
                  [
                    t('findings.side.duplicateOf'),
                    page.duplicateOf.findingId === null ? (
                      <span key="duplicate" className="mono">
                        {page.duplicateOf.number}
                      </span>
                    ) : (
                      <Link
                        key="duplicate"
                        className="mono"
                        to="/engagements/$engagementId/findings/$findingId"
                        params={{ engagementId, findingId: page.duplicateOf.findingId }}
                        preload={false}
                      >
                        {page.duplicateOf.number}
                      </Link>
                    ),
                  ] as const,
                ]
              : []),
          ]}
        />
      </Group>
      {me.orgKind === 'tester' ? null : (
        <Group title={t('findings.side.readers')}>
          <FindingReaders engagementId={engagementId} findingId={page.findingId} />
        </Group>
      )}
      <Group title={t('findings.side.ledger')}>
        <Facts
          rows={[
            [t('findings.side.submission'), entry(page.ledger.submitted)],
            ...(page.ledger.reveal === null ? [] : [[t('findings.side.reading'), entry(page.ledger.reveal)] as const]),
          ]}
        />
      </Group>
    </aside>
  )
}

function Group({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <details open className="side-group">
      <summary>{title}</summary>
      {children}
    </details>
  )
}
