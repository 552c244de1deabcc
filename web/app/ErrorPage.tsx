import { type ErrorComponentProps, useRouter } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../api/problem.ts'
import { useLanguage } from '../i18n/index.ts'
import { usePageTitle } from '../ui/use-page-title.ts'
import { NotFoundPage } from './NotFoundPage.tsx'
import './shell.css'

/** Files of an earlier build are gone after an update; only a new index.html helps then. */
const isStaleBuild = (error: unknown): boolean =>
  error instanceof TypeError && /dynamically imported module|module script|importing/i.test(error.message)

/** What a page shows when it throws: what happened, that nothing was lost silently, and a way on. */
export function ErrorPage({ error, reset }: ErrorComponentProps): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const router = useRouter()
  usePageTitle(t('broken.title'))
  if (error instanceof ApiProblem && error.status === 404) return <NotFoundPage />
  const stale = isStaleBuild(error)
  return (
    <div className="centre-note" role="alert">
      <h1>{t('broken.title')}</h1>
      <p className="quiet">
        {stale ? t('broken.newer') : error instanceof ApiProblem ? say(error.text) : t('broken.text')}
      </p>
      {stale || error instanceof ApiProblem ? null : <pre className="centre-detail break">{String(error)}</pre>}
      <p>
        <button
          type="button"
          className="solid-button"
          onClick={() => {
            if (stale) location.reload()
            else {
              reset()
              void router.invalidate()
            }
          }}
        >
          {stale ? t('action.reload') : t('action.retry')}
        </button>
      </p>
    </div>
  )
}
