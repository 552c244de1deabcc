import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../api/problem.ts'
import { useLanguage } from '../i18n/index.ts'
import { Icon } from './Icon.tsx'
import './ui.css'

/** Refusals that asking again does not change. */
const lasting: ReadonlySet<number> = new Set([403, 404])

/** A refusal in words: what, each field with its limit and fix, and the rule that says so. Nothing when there is none. */
export function ProblemAlert({
  problem,
  onRetry,
}: {
  problem: Error | null | undefined
  onRetry?: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  if (!problem) return null
  const known = problem instanceof ApiProblem ? problem : null
  return (
    <div className="notice notice-bad" role="alert">
      <Icon name="warning" />
      <div>
        <p className="notice-title notice-refusal">
          {known ? say(known.text).replaceAll(/\bbody\./g, '') : problem.message}
        </p>
        {known && known.fields.length > 0 ? (
          <ul className="notice-fields">
            {known.fields.map(({ field, limit, fix }) => (
              <li key={`${field} ${limit.en}`}>
                <code>{field.replace(/^body\./, '')}</code> {say(limit)} — {say(fix)}
              </li>
            ))}
          </ul>
        ) : null}
        {known?.rule ? (
          <p className="notice-rule">
            {t('problem.rule')} <code>{known.rule}</code>
          </p>
        ) : null}
        {onRetry && !(known && lasting.has(known.status)) ? (
          <Button size="small" onClick={onRetry}>
            {t('action.retry')}
          </Button>
        ) : null}
      </div>
    </div>
  )
}
