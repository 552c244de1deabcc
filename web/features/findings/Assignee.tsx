import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useColleagues } from './use-colleagues.ts'

/** Who of the own house takes care of this finding, and naming another. */
export function Assignee({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const may = page.may.includes('finding.assign') && page.assignable
  const colleagues = useColleagues(may)
  const assign = useAct('POST /api/findings/assignments')
  const { engagementId, findingId, assignee } = page
  if (!may) return assignee === null ? <span className="muted">{t('findings.assign.none')}</span> : assignee.name
  const was = assignee?.personId ?? null
  // Who is named stands in the list in any case, also where the members are still being read.
  const known = colleagues.some(({ personId }) => personId === was)
  const options = [...(assignee === null || known ? [] : [assignee]), ...colleagues].map(({ personId, name }) => ({
    value: personId,
    label: personId === me.personId ? t('findings.assign.me', { name }) : name,
  }))
  return (
    <>
      <Select
        className="assignee-select"
        size="small"
        aria-label={t('findings.assign.label')}
        placeholder={t('findings.assign.none')}
        value={was ?? undefined}
        loading={assign.isPending}
        disabled={assign.isPending}
        allowClear
        showSearch={{ optionFilterProp: 'label' }}
        options={options}
        onChange={(to: string | undefined) =>
          assign.mutate({ body: { findings: [{ engagementId, findingId, was }], to: to ?? null } })
        }
      />
      <ProblemAlert problem={assign.error} />
    </>
  )
}
