import { Link } from '@tanstack/react-router'
import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { Moment } from '../../ui/Moment.tsx'
import { StateChip } from '../../ui/StateChip.tsx'

type Candidate = Reply<'GET /api/engagements/:engagementId/findings/:findingId/candidates'>['candidates'][number]

/** Earlier findings that this one may double, likeliest first; for who may call it a double. */
export function useLikelyOriginals({ engagementId, findingId }: FindingPage): readonly Candidate[] {
  const found = useApi('GET /api/engagements/:engagementId/findings/:findingId/candidates', {
    params: { engagementId, findingId },
  })
  return found.isPlaceholderData ? [] : (found.data?.candidates ?? [])
}

/** Earlier findings that this one may double, each with what speaks for it. Nothing where there are none: people look by themselves, too. */
export function LikelyOriginals({
  page,
  onChoose,
}: {
  page: FindingPage
  onChoose: (findingId: string) => void
}): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = page
  const candidates = useLikelyOriginals(page)
  if (candidates.length === 0) return null
  return (
    <section className="originals" aria-label={t('findings.originals.title')}>
      <h4>{t('findings.originals.title')}</h4>
      <p className="muted">{t('findings.originals.about')}</p>
      <ul>
        {candidates.map((one) => (
          <li key={one.findingId}>
            <div className="originals-what">
              <Link
                to="/engagements/$engagementId/findings/$findingId"
                params={{ engagementId, findingId: one.findingId }}
                preload={false}
              >
                <span className="mono">{one.number}</span> {one.title}
              </Link>
              <div className="originals-why">
                <StateChip finding={one.state} />
                {one.why.map((why) => (
                  <span key={why} className="tag">
                    {t(`findings.originals.why.${why}`)}
                  </span>
                ))}
                <span className="muted">
                  {one.testerName} · <Moment at={one.submittedAt} />
                </span>
              </div>
            </div>
            <Button
              size="small"
              aria-label={`${t('findings.originals.choose')} ${one.number}`}
              onClick={() => onChoose(one.findingId)}
            >
              {t('findings.originals.choose')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  )
}
