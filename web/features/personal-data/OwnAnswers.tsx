import type { OwnData } from '@zhongheng/contracts/http/personal-data.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { LinkButton } from '../../app/LinkButton.tsx'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { languageNames } from './value-words.ts'

/** What the reader answered to the privacy notice, newest first. */
export function OwnAnswers({ answers }: { answers: OwnData['answers'] }): ReactNode {
  const { t } = useTranslation()
  return (
    <Panel
      title={t('privacy.answers')}
      about={t('privacy.answersAbout')}
      extra={<LinkButton to="/account/privacy">{t('privacy.open')}</LinkButton>}
      flush
    >
      <DataList
        label={t('privacy.answers')}
        rows={answers}
        rowKey={(row) => `${row.at} ${row.answer} ${row.purpose ?? ''}`}
        empty={<EmptyState icon="check" title={t('privacy.noAnswers')} why={t('privacy.noAnswersWhy')} />}
        columns={[
          {
            key: 'what',
            label: t('privacy.answer'),
            role: 'lead',
            cell: (row) => (
              <>
                <strong>{t(`privacy.answerName.${row.answer}`)}</strong>{' '}
                {row.purpose === null ? null : t(`privacy.purpose.${row.purpose as 'mail'}`)}
              </>
            ),
          },
          { key: 'at', label: t('privacy.at'), cell: (row) => <Moment at={row.at} /> },
          {
            key: 'version',
            label: t('privacy.version'),
            cell: (row) => <span className="mono">{row.version.slice(0, 12)}</span>,
          },
          { key: 'language', label: t('privacy.language'), cell: (row) => languageNames[row.language] },
        ]}
      />
    </Panel>
  )
}
