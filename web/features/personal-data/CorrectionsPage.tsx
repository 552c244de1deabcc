import type { CorrectionView, OpenedCorrection } from '@zhongheng/contracts/http/corrections.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import { placeName } from '../../ui/fields/place-name.ts'
import { CorrectionState } from './CorrectionState.tsx'

/** Requests for correction that wait for the reader's decision; each is opened by itself, which leaves an entry. */
export default function CorrectionsPage(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/corrections')
  return (
    <>
      <PageHeader title={t('corrections.deskTitle')} about={t('corrections.deskAbout')} />
      <Loaded query={found}>
        {({ corrections }) =>
          corrections.length === 0 ? (
            <EmptyState icon="check" title={t('corrections.deskNone')} why={t('corrections.deskNoneWhy')} />
          ) : (
            <div className="stack">
              {corrections.map((correction) => (
                <ToDecide key={correction.correctionId} correction={correction} />
              ))}
            </div>
          )
        }
      </Loaded>
    </>
  )
}

function ToDecide({ correction }: { correction: CorrectionView }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const params = { correctionId: correction.correctionId }
  const opening = useAct('POST /api/corrections/:correctionId/opening', { quiet: true })
  const deciding = useAct('POST /api/corrections/:correctionId/decision')
  const [verdict, setVerdict] = useState<'granted' | 'refused' | null>(null)
  return (
    <Panel
      title={`${correction.by} · ${say(correction.what)}`}
      about={
        <>
          {correction.byOrganisation} · <Moment at={correction.askedAt} />
        </>
      }
      extra={<CorrectionState correction={correction} />}
    >
      <div className="stack">
        <ProblemAlert problem={opening.error} />
        {opening.data === undefined ? (
          <div className="button-row">
            <Button loading={opening.isPending} onClick={() => opening.mutate({ params })}>
              {t('corrections.open')}
            </Button>
          </div>
        ) : (
          <>
            <Opened opened={opening.data} />
            <div className="button-row">
              <Button type="primary" onClick={() => setVerdict('granted')}>
                {t('corrections.grant')}
              </Button>
              <Button danger onClick={() => setVerdict('refused')}>
                {t('corrections.refuse')}
              </Button>
            </div>
          </>
        )}
      </div>
      {verdict === null ? null : (
        <ReasonModal
          title={t(verdict === 'granted' ? 'corrections.grant' : 'corrections.refuse')}
          about={t(verdict === 'granted' ? 'corrections.grantAbout' : 'corrections.refuseAbout')}
          confirm={t(verdict === 'granted' ? 'corrections.grant' : 'corrections.refuse')}
          danger={verdict === 'refused'}
          min={4}
          max={1000}
          pending={deciding.isPending}
          problem={deciding.error}
          onCancel={() => setVerdict(null)}
          onConfirm={(reason) =>
            deciding.mutate({ params, body: { verdict, reason } }, { onSuccess: () => setVerdict(null) })
          }
        />
      )}
    </Panel>
  )
}

function Opened({ opened }: { opened: OpenedCorrection }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const { field } = opened.correction
  const shown = (value: string | null): string => {
    if (field === 'jurisdiction') return value === null ? t('corrections.asHouse') : placeName(value, language)
    if (field === 'identity')
      return (value ?? '').replace(/(cn_id|passport)$/, (kind) => t(`testers.own.${kind as 'passport'}`))
    return value ?? ''
  }
  return (
    <Facts
      rows={[
        [t('corrections.now'), shown(opened.now)],
        [t('corrections.wished'), <strong key="wished">{shown(opened.wished)}</strong>],
        [
          t('reason.label'),
          <span key="reason" className="break">
            {opened.reason}
          </span>,
        ],
      ]}
    />
  )
}
