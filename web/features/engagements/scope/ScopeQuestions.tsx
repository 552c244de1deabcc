import type { ScopeVersionView } from '@zhongheng/contracts/http/engagements.ts'
import { Button, Input, Radio } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../../api/hooks.ts'
import { useLanguage } from '../../../i18n/index.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { ProblemAlert } from '../../../ui/ProblemAlert.tsx'
import { useEngagement } from '../engagement-context.ts'
import { answerRows, linesOf } from './answer-rows.ts'

type Question = ScopeVersionView['questions'][number]
const kinds = ['rows', 'letter_only', 'drop', 'as_it_stands'] as const

/** Lines that a person must decide on, those that could hide a denial first. */
export function ScopeQuestions({ version, mayAnswer }: { version: ScopeVersionView; mayAnswer: boolean }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const [open, setOpen] = useState<string | null>(null)
  const questions = version.questions.toSorted((a, b) => Number(b.mayHideDenial) - Number(a.mayHideDenial))
  return (
    <Panel
      title={
        <>
          {t('scope.questions')} <span className="tag warn">{questions.length}</span>
        </>
      }
      about={t('scope.questionsAbout')}
      flush
    >
      {questions.map((question) => (
        <div key={question.questionId} className="record">
          <div className="record-head">
            <div className="tags">
              <code className="break">{question.asset}</code>
              <span className="tag">{question.effect === 'in' ? t('scope.fromIn') : t('scope.fromOut')}</span>
              {question.mayHideDenial ? <span className="tag bad">{t('scope.mayHideDenial')}</span> : null}
              {question.hasRules ? <span className="tag">{t('scope.hasRules')}</span> : null}
            </div>
            {mayAnswer && open !== question.questionId ? (
              <Button size="small" onClick={() => setOpen(question.questionId)}>
                {t('scope.answer')}
              </Button>
            ) : null}
          </div>
          <p className="quiet">{say(question.why)}</p>
          {open === question.questionId ? (
            <AnswerForm scopeVersionId={version.scopeVersionId} question={question} onDone={() => setOpen(null)} />
          ) : null}
        </div>
      ))}
    </Panel>
  )
}

function AnswerForm({
  scopeVersionId,
  question,
  onDone,
}: {
  scopeVersionId: string
  question: Question
  onDone: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const [kind, setKind] = useState<(typeof kinds)[number] | null>(null)
  const [lines, setLines] = useState(linesOf(question.suggestion, question.effect))
  const [note, setNote] = useState('')
  const act = useAct('POST /api/engagements/:engagementId/scope/answers')
  const fieldId = useId()
  const rows = answerRows(lines, question.effect)
  const noteFits = note.trim().length >= 2
  const ready =
    kind === 'rows'
      ? rows !== null
      : kind === 'drop'
        ? noteFits
        : kind === 'letter_only'
          ? note === '' || noteFits
          : kind !== null

  const send = (): void => {
    if (kind === null || (kind === 'rows' && rows === null)) return
    const answer =
      kind === 'rows' && rows
        ? { kind, rows }
        : kind === 'drop'
          ? { kind, note }
          : kind === 'letter_only'
            ? { kind, ...(note === '' ? {} : { note }) }
            : { kind: 'as_it_stands' as const }
    act.mutate(
      { params: { engagementId }, body: { scopeVersionId, questionId: question.questionId, answer } },
      { onSuccess: onDone },
    )
  }
  return (
    <div className="record-form stack">
      <Radio.Group value={kind} onChange={(event) => setKind(event.target.value as (typeof kinds)[number])}>
        <div className="stack-tight">
          {kinds.map((one) => (
            <Radio key={one} value={one}>
              {t(`scope.answers.${one}`)} <span className="muted">{t(`scope.answerHints.${one}`)}</span>
            </Radio>
          ))}
        </div>
      </Radio.Group>
      {kind === 'rows' ? (
        <div className="stack-tight">
          <label htmlFor={fieldId}>{t('scope.lines')}</label>
          <Input.TextArea
            id={fieldId}
            className="mono"
            rows={3}
            spellCheck={false}
            value={lines}
            onChange={(event) => setLines(event.target.value)}
          />
          {rows === null ? <p className="muted">{t('scope.rowsWanted')}</p> : null}
        </div>
      ) : null}
      {kind === 'drop' || kind === 'letter_only' ? (
        <div className="stack-tight">
          <label htmlFor={fieldId}>
            {t('scope.note')}
            {kind === 'letter_only' ? <span className="muted"> ({t('state.optional')})</span> : null}
          </label>
          <Input.TextArea
            id={fieldId}
            rows={2}
            maxLength={1000}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
          {kind === 'drop' && !noteFits ? <p className="muted">{t('scope.noteWanted')}</p> : null}
        </div>
      ) : null}
      <ProblemAlert problem={act.error} />
      <div className="button-row">
        <Button color="primary" variant="solid" disabled={!ready} loading={act.isPending} onClick={send}>
          {t('scope.answer')}
        </Button>
        <Button onClick={onDone}>{t('action.cancel')}</Button>
      </div>
    </div>
  )
}
