import { App, Button, Input } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../../api/hooks.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { ProblemAlert } from '../../../ui/ProblemAlert.tsx'
import { useEngagement } from '../engagement-context.ts'
import { SyntaxHelp } from './SyntaxHelp.tsx'
import { LineChanges } from './LineChanges.tsx'

/** A new version beside the one in force, with its reason; both sides approve it later. */
export function ProposeChange({ text, onDone }: { text: string; onDone: () => void }): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const { engagementId } = useEngagement()
  const [content, setContent] = useState(text)
  const [reason, setReason] = useState('')
  const act = useAct('POST /api/engagements/:engagementId/scope/changes')
  const linesId = useId()
  const reasonId = useId()
  const ready = content.trim() !== '' && content !== text && reason.trim().length >= 10
  return (
    <div className="columns">
      <Panel title={t('scope.propose')} about={t('scope.proposeAbout')}>
        <div className="stack">
          <div className="stack-tight">
            <label htmlFor={linesId}>{t('scope.lines')}</label>
            <Input.TextArea
              id={linesId}
              className="mono"
              rows={12}
              spellCheck={false}
              value={content}
              onChange={(event) => setContent(event.target.value)}
            />
          </div>
          <LineChanges before={text} after={content} />
          <div className="stack-tight">
            <label htmlFor={reasonId}>{t('scope.proposeReason')}</label>
            <Input.TextArea
              id={reasonId}
              rows={3}
              maxLength={2000}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          </div>
          <ProblemAlert problem={act.error} />
          <div className="button-row">
            <Button
              color="primary"
              variant="solid"
              disabled={!ready}
              loading={act.isPending}
              onClick={() =>
                act.mutate(
                  { params: { engagementId }, body: { content, reason } },
                  {
                    onSuccess: () => {
                      void message.success(t('scope.proposed'))
                      onDone()
                    },
                  },
                )
              }
            >
              {t('scope.proposeAct')}
            </Button>
            <Button onClick={onDone}>{t('action.cancel')}</Button>
          </div>
        </div>
      </Panel>
      <SyntaxHelp />
    </div>
  )
}
