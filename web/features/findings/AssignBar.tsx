import type { FindingRow } from '@zhongheng/contracts/http/findings.ts'
import { Button, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { Icon } from '../../ui/Icon.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useColleagues } from './use-colleagues.ts'

/** What is done with the findings that are ticked: all of them, or none when one cannot be. */
export function AssignBar({ rows, onDone }: { rows: readonly FindingRow[]; onDone: () => void }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const colleagues = useColleagues()
  const assign = useAct('POST /api/findings/assignments')
  const [to, setTo] = useState<string | undefined>(undefined)
  const findings = rows.map(({ engagementId, findingId, assignee }) => ({
    engagementId,
    findingId,
    was: assignee?.personId ?? null,
  }))
  const act = (): void =>
    assign.mutate({ body: { findings, to: to === '' ? null : (to ?? null) } }, { onSuccess: () => onDone() })
  return (
    <div className="assign-bar">
      <div className="assign-bar-row" role="group" aria-label={t('findings.assign.title')}>
        <strong aria-live="polite">{t('findings.assign.chosen', { count: rows.length })}</strong>
        <Select
          aria-label={t('findings.assign.to')}
          placeholder={t('findings.assign.to')}
          value={to}
          onChange={setTo}
          showSearch={{ optionFilterProp: 'label' }}
          options={[
            ...colleagues.map(({ personId, name }) => ({
              value: personId,
              label: personId === me.personId ? t('findings.assign.me', { name }) : name,
            })),
            { value: '', label: t('findings.assign.nobody') },
          ]}
        />
        <Button type="primary" disabled={to === undefined} loading={assign.isPending} onClick={act}>
          {t('findings.assign.act')}
        </Button>
        <Button
          type="text"
          aria-label={t('findings.assign.clear')}
          title={t('findings.assign.clear')}
          icon={<Icon name="close" size={16} />}
          onClick={onDone}
        />
      </div>
      <ProblemAlert problem={assign.error} />
    </div>
  )
}
