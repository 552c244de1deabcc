import type { OwnPrivacy } from '@zhongheng/contracts/http/privacy.ts'
import { useNavigate } from '@tanstack/react-router'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useLanguage } from '../../i18n/index.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ConsentSwitch } from './ConsentSwitch.tsx'
import { NoticeParts } from './NoticeParts.tsx'
import { NoticeVersion } from './NoticeVersion.tsx'

/** The privacy notice: read and acknowledged; what rests on consent is asked for one by one, beside its purpose. */
export default function PrivacyPage(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/account/privacy')
  return (
    <>
      <PageHeader
        title={t('privacy.title')}
        about={t('privacy.about')}
        actions={<LinkButton to="/account/data">{t('personalData.title')}</LinkButton>}
      />
      <Loaded query={found}>
        {(privacy) => (
          <div className="stack">
            {privacy.due === null ? null : (
              <Notice tone={privacy.due === 'changed' ? 'warn' : 'info'} title={t(`privacy.due.${privacy.due}`)}>
                <p>{t('privacy.dueText')}</p>
              </Notice>
            )}
            <Panel
              title={t('privacy.parts')}
              about={<NoticeVersion version={privacy.notice.version} since={privacy.notice.since} />}
              flush
            >
              <NoticeParts
                parts={privacy.notice.parts}
                consentOf={({ purpose }) => {
                  const asked = privacy.consents.find((one) => one.purpose === purpose)
                  return asked === undefined ? null : <ConsentSwitch privacy={privacy} purpose={asked.purpose} />
                }}
              />
            </Panel>
            <Acknowledge privacy={privacy} />
          </div>
        )}
      </Loaded>
    </>
  )
}

function Acknowledge({ privacy }: { privacy: OwnPrivacy }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const navigate = useNavigate()
  const act = useAct('POST /api/account/privacy/acknowledgement')
  const read = privacy.answers.find((one) => one.answer === 'acknowledged')
  const current = read?.version === privacy.notice.version
  return (
    <Panel title={t('privacy.acknowledge')} about={t('privacy.acknowledgeAbout')}>
      <div className="stack-tight">
        <ProblemAlert problem={act.error} />
        {current && privacy.due === null ? (
          <p>
            {t('privacy.readAt')} <Moment at={read.at} />
          </p>
        ) : (
          <div className="button-row">
            <Button
              type="primary"
              loading={act.isPending}
              onClick={() =>
                act.mutate(
                  { body: { version: privacy.notice.version, language } },
                  { onSuccess: () => (privacy.due === null ? undefined : void navigate({ to: '/' })) },
                )
              }
            >
              {t('privacy.read')}
            </Button>
          </div>
        )}
      </div>
    </Panel>
  )
}
