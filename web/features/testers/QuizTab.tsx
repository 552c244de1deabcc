import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useLanguage } from '../../i18n/index.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import './testers.css'

type Result = Reply<'POST /api/engagements/:engagementId/quiz'>

/** The conduct quiz. Wrong answers name the rule to read again, not the right answer. */
export default function QuizTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/quiz', { params: { engagementId } })
  return (
    <Loaded query={found}>
      {(quiz) => (
        <Panel
          title={t('testers.quiz.title')}
          about={t('testers.quiz.about', { mark: `${quiz.passMark}/${quiz.questions.length}` })}
        >
          <Questions quiz={quiz} engagementId={engagementId} />
        </Panel>
      )}
    </Loaded>
  )
}

function Questions({
  quiz,
  engagementId,
}: {
  quiz: Reply<'GET /api/engagements/:engagementId/quiz'>
  engagementId: string
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const act = useAct('POST /api/engagements/:engagementId/quiz')
  const [answers, setAnswers] = useState<Record<string, number>>({})
  const [result, setResult] = useState<Result | null>(null)
  const left = quiz.questions.filter(({ questionId }) => answers[questionId] === undefined).length
  const wrong = new Set(result?.wrong.map(({ questionId }) => questionId))
  return (
    <div className="stack quiz">
      {result ? <Outcome result={result} engagementId={engagementId} /> : null}
      <ol className="quiz-list">
        {quiz.questions.map(({ questionId, text, options }, at) => (
          <li key={questionId} className={wrong.has(questionId) ? 'wrong' : ''}>
            <fieldset>
              <legend>
                <span className="muted">{t('testers.quiz.question', { number: at + 1 })}</span> {say(text)}
              </legend>
              {options.map((option, index) => (
                <label
                  key={say(option)}
                  className={answers[questionId] === index ? 'quiz-option chosen' : 'quiz-option'}
                >
                  <input
                    type="radio"
                    name={questionId}
                    checked={answers[questionId] === index}
                    disabled={result?.passed === true}
                    onChange={() => {
                      setAnswers({ ...answers, [questionId]: index })
                    }}
                  />
                  {say(option)}
                </label>
              ))}
            </fieldset>
          </li>
        ))}
      </ol>
      <ProblemAlert problem={act.error} />
      {result?.passed ? null : (
        <div className="button-row">
          <Button
            type="primary"
            disabled={left > 0}
            loading={act.isPending}
            onClick={() =>
              act.mutate(
                { params: { engagementId }, body: { answers } },
                {
                  onSuccess: (reply) => {
                    setResult(reply)
                    scrollTo({ top: 0, behavior: 'smooth' })
                  },
                },
              )
            }
          >
            {t(result ? 'testers.quiz.again' : 'testers.quiz.submit')}
          </Button>
          <LinkButton to="/engagements/$engagementId/people" params={{ engagementId }}>
            {t('testers.pledge.toPeople')}
          </LinkButton>
          {left > 0 ? <span className="muted">{t('testers.quiz.unanswered', { count: left })}</span> : null}
        </div>
      )}
    </div>
  )
}

function Outcome({ result, engagementId }: { result: Result; engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  if (result.passed)
    return (
      <Notice
        tone="ok"
        title={t('testers.quiz.passed', { score: result.score })}
        action={
          <LinkButton color="primary" variant="solid" to="/engagements/$engagementId/pledge" params={{ engagementId }}>
            {t('testers.quiz.toPledge')}
          </LinkButton>
        }
      >
        <p>{t('testers.quiz.passedText')}</p>
      </Notice>
    )
  return (
    <Notice tone="bad" title={t('testers.quiz.failed', { score: result.score })}>
      <p>{t('testers.quiz.failedText')}</p>
      <ul className="quiz-rules" aria-label={t('testers.quiz.wrong')}>
        {result.wrong.map(({ questionId, rule, ruleText }) => (
          <li key={questionId}>
            <code>{rule}</code> {say(ruleText)}
          </li>
        ))}
      </ul>
    </Notice>
  )
}
