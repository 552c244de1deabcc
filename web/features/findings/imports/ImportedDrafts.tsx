import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { LinkButton } from '../../../app/LinkButton.tsx'
import { drafts } from '../../../app/drafts.ts'
import { useMe } from '../../../app/session.ts'
import { SeverityPill } from '../../../ui/SeverityPill.tsx'
import { importedDrafts, importedPlace } from './imported-drafts.ts'
import './imports.css'

/** Drafts that came from a scanner and wait for evidence; they are in this browser alone. */
export function ImportedDrafts({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const { personId } = useMe()
  const [kept, setKept] = useState(() => importedDrafts(personId, engagementId))
  if (kept.length === 0) return null
  return (
    <section className="imported" aria-label={t('imports.kept')}>
      <h3>{t('imports.kept')}</h3>
      <p className="muted">{t('imports.keptAbout')}</p>
      <ul>
        {kept.map(({ id, draft }) => (
          <li key={id}>
            {draft.severity ? <SeverityPill severity={draft.severity} /> : null}
            <span className="imported-title break">{draft.title}</span>
            <span className="imported-buttons">
              <LinkButton
                size="small"
                to="/engagements/$engagementId/findings/new"
                params={{ engagementId }}
                search={{ draft: id }}
              >
                {t('imports.goOn')}
              </LinkButton>
              <Button
                size="small"
                aria-label={`${t('imports.drop')} ${draft.title}`}
                onClick={() => {
                  drafts.drop(personId, importedPlace(engagementId, id))
                  setKept(importedDrafts(personId, engagementId))
                }}
              >
                {t('imports.drop')}
              </Button>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
