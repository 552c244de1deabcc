import type { ScopeVersionView } from '@zhongheng/contracts/http/engagements.ts'
import { Button, Input } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../../api/hooks.ts'
import { useLanguage } from '../../../i18n/index.ts'
import { Icon } from '../../../ui/Icon.tsx'
import { Facts, Panel } from '../../../ui/Panel.tsx'
import { ProblemAlert } from '../../../ui/ProblemAlert.tsx'
import { useEngagement } from '../engagement-context.ts'

/** Asks what the gateway would say to an address under this version. */
export function ProbeBox({ version }: { version: ScopeVersionView }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { engagementId } = useEngagement()
  const [url, setUrl] = useState('')
  const act = useAct('POST /api/engagements/:engagementId/scope/probe', { quiet: true })
  const fieldId = useId()
  const verdict = act.data
  return (
    <Panel title={t('scope.probe')} about={t('scope.probeAbout')}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault()
          act.mutate({ params: { engagementId }, body: { url: url.trim(), scopeVersionId: version.scopeVersionId } })
        }}
      >
        <div className="stack-tight">
          <label htmlFor={fieldId}>{t('scope.probeUrl')}</label>
          <Input
            id={fieldId}
            className="mono"
            value={url}
            maxLength={4000}
            spellCheck={false}
            placeholder="https://shop.example.com/api/"
            onChange={(event) => setUrl(event.target.value)}
          />
        </div>
        <div className="button-row">
          <Button
            htmlType="submit"
            color="primary"
            variant="solid"
            disabled={url.trim() === ''}
            loading={act.isPending}
          >
            {t('scope.probeAct')}
          </Button>
          <span className="muted">{t('scope.probeVersion', { number: version.number })}</span>
        </div>
        <ProblemAlert problem={act.error} />
        <div aria-live="polite">
          {verdict ? (
            <div className={verdict.verdict === 'allow' ? 'verdict pass' : 'verdict'}>
              <p className="verdict-word">
                <Icon name={verdict.verdict === 'allow' ? 'checkCircle' : 'crossCircle'} size={20} />
                <strong>{verdict.verdict === 'allow' ? t('scope.probeAllow') : t('scope.probeDeny')}</strong>
                <span className="tag mono">{verdict.rule}</span>
              </p>
              <p>{say(verdict.why)}</p>
              <Facts
                rows={[
                  ...(verdict.row === null
                    ? []
                    : [
                        [
                          t('scope.probeRow'),
                          <code key="row" className="break">
                            {verdict.row.asset}
                          </code>,
                        ] as const,
                      ]),
                  ...(verdict.canonical === null
                    ? []
                    : [
                        [
                          t('scope.probeCanonical'),
                          <code key="canonical" className="break">
                            {verdict.canonical}
                          </code>,
                        ] as const,
                      ]),
                ]}
              />
            </div>
          ) : null}
        </div>
      </form>
    </Panel>
  )
}
