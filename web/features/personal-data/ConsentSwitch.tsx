import type { OwnPrivacy } from '@zhongheng/contracts/http/privacy.ts'
import { Switch } from 'antd'
import { type ReactNode, useId } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import './personal-data.css'

export type ConsentPurpose = OwnPrivacy['consents'][number]['purpose']

/** One consent: where it stands, and the same switch to give and to withdraw it. */
export function ConsentSwitch({ privacy, purpose }: { privacy: OwnPrivacy; purpose: ConsentPurpose }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const id = useId()
  const act = useAct('PUT /api/account/privacy/consent')
  const found = privacy.consents.find((one) => one.purpose === purpose)
  if (found === undefined) return null
  return (
    <div className="stack-tight consent">
      <div className="consent-row">
        <Switch
          aria-labelledby={id}
          checked={found.standing === 'given'}
          loading={act.isPending}
          onChange={(given) => act.mutate({ body: { purpose, given, version: privacy.notice.version, language } })}
        />
        <span id={id}>
          {t('privacy.agree')}
          <strong>{t(`privacy.purpose.${purpose}`)}</strong>
        </span>
        <span className="muted">
          {t(`privacy.standing.${found.standing}`)} {found.at === null ? null : <Moment at={found.at} />}
        </span>
      </div>
      <p className="muted">{t(`privacy.ends.${purpose}`)}</p>
      <ProblemAlert problem={act.error} />
    </div>
  )
}

/** Where a page wants one consent: the switch, and what needs it once it is given. */
export function WithConsent({ purpose, children }: { purpose: ConsentPurpose; children?: ReactNode }): ReactNode {
  const found = useApi('GET /api/account/privacy')
  return (
    <Loaded query={found} lines={2}>
      {(privacy) => (
        <div className="stack">
          <ConsentSwitch privacy={privacy} purpose={purpose} />
          {privacy.consents.some((one) => one.purpose === purpose && one.standing === 'given') ? children : null}
        </div>
      )}
    </Loaded>
  )
}
