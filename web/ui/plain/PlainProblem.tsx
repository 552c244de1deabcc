import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'

/** What was refused, in words, with the rule's name. */
export function PlainProblem({ problem }: { problem: ApiProblem | null }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  if (!problem) return null
  return (
    <div className="plain-alert" role="alert">
      {say(problem.text)}
      {problem.rule ? (
        <small>
          {t('problem.rule')} {problem.rule}
        </small>
      ) : null}
    </div>
  )
}
