import { useNavigate } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { present } from '../../app/search.ts'
import { DaySpan } from '../../ui/DaySpan.tsx'
import { type RecordFilters, areas } from './record-filters.ts'

const none = { area: undefined, personId: undefined, from: undefined, to: undefined }

/** Area, person and days; all of them stand in the address. */
export function RecordFilterBar({ filters }: { filters: RecordFilters }): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const members = useApi('GET /api/members')
  const set = (change: { readonly [name in keyof RecordFilters]?: string | undefined }): void =>
    void navigate({
      to: '.',
      search: (before: object) => present({ ...before, ...change }) as RecordFilters,
      replace: true,
    })
  return (
    <div className="filters" role="search">
      <Select
        aria-label={t('administration.filter.area')}
        value={filters.area ?? ''}
        onChange={(area) => set({ area: area || undefined })}
        options={[
          { value: '', label: t('administration.filter.anything') },
          ...areas.map((value) => ({ value, label: t(`administration.area.${value}`) })),
        ]}
      />
      <Select
        aria-label={t('administration.filter.person')}
        value={filters.personId ?? ''}
        onChange={(personId) => set({ personId: personId || undefined })}
        options={[
          { value: '', label: t('administration.filter.anybody') },
          ...(members.data?.members ?? []).map(({ personId, name }) => ({ value: personId, label: name })),
        ]}
      />
      <DaySpan from={filters.from} to={filters.to} onChange={set} />
      {Object.keys(filters).length > 0 ? <Button onClick={() => set(none)}>{t('action.clear')}</Button> : null}
    </div>
  )
}
