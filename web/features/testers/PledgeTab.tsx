import { App, Button, Checkbox } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useLanguage } from '../../i18n/index.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import './testers.css'

/** The code of conduct as it is signed, each rule with how well it is founded. */
export default function PledgeTab(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { message } = App.useApp()
  const { engagementId } = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/pledge', { params: { engagementId } })
  const act = useAct('POST /api/engagements/:engagementId/pledge')
  const [agreed, setAgreed] = useState(false)
  const toPeople = (
    <LinkButton to="/engagements/$engagementId/people" params={{ engagementId }}>
      {t('testers.pledge.toPeople')}
    </LinkButton>
  )
  return (
    <Loaded query={found}>
      {(pledge) => (
        <Panel
          title={t('testers.pledge.title')}
          about={
            <>
              {t('testers.pledge.about')} · {t('testers.pledge.version')} <code>{pledge.codeVersion}</code>
            </>
          }
        >
          <div className="stack">
            <p className="muted">{t('testers.pledge.confidenceAbout')}</p>
            <ol className="pledge-rules">
              {pledge.rules.map(({ rule, text, confidence }) => (
                <li key={rule}>
                  <span className="mono muted">{rule}</span>
                  <span>{say(text)}</span>
                  <span className={confidence === 'primary' ? 'tag ok' : 'tag'}>
                    {t(`testers.pledge.confidence.${confidence}`)}
                  </span>
                </li>
              ))}
            </ol>
            <p className="muted break">
              {t('testers.pledge.digest')} <code>{pledge.digest}</code>
            </p>
            {pledge.pledgedAt === null ? (
              <>
                <Checkbox checked={agreed} onChange={(event) => setAgreed(event.target.checked)}>
                  {t('testers.pledge.agree', { count: pledge.rules.length })}
                </Checkbox>
                <ProblemAlert problem={act.error} />
                <div className="button-row">
                  <Button
                    type="primary"
                    disabled={!agreed}
                    loading={act.isPending}
                    onClick={() =>
                      act.mutate(
                        { params: { engagementId }, body: { digest: pledge.digest, agreed: true } },
                        { onSuccess: () => void message.success(t('testers.pledge.signed')) },
                      )
                    }
                  >
                    {t('testers.pledge.sign')}
                  </Button>
                  {toPeople}
                </div>
              </>
            ) : (
              <Notice tone="ok" title={t('testers.pledge.signed')} action={toPeople}>
                <p>
                  {t('testers.pledge.signedAt')} <Moment at={pledge.pledgedAt} seconds />
                </p>
              </Notice>
            )}
          </div>
        </Panel>
      )}
    </Loaded>
  )
}
