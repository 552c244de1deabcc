import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { roleWord } from '../engagements/role-word.ts'
import './readings.css'

/** Everybody who opened one finding's body, with how often and when last. */
export function FindingReaders({ engagementId, findingId }: { engagementId: string; findingId: string }): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/engagements/:engagementId/readings', {
    params: { engagementId },
    query: { findingId, limit: 1 },
  })
  return (
    <Loaded query={found} lines={2}>
      {({ people }) => (
        <>
          <ul className="reader-list">
            {people.map((one) => (
              <li key={`${one.personId}${one.role}`}>
                <span>
                  <strong>{one.personName || one.personId}</strong>{' '}
                  <span className="muted">
                    {one.orgName} · {roleWord(one.role, t)}
                  </span>
                </span>
                <span className="muted">
                  {t('readings.times', { count: one.times })} <Moment at={one.lastAt} />
                </span>
              </li>
            ))}
          </ul>
          <Link to="/engagements/$engagementId/readings" params={{ engagementId }} search={{ findingId }}>
            {t('readings.ofFinding')}
          </Link>
        </>
      )}
    </Loaded>
  )
}
