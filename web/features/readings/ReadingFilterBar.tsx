import { useNavigate } from '@tanstack/react-router'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button, Input, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { present } from '../../app/search.ts'
import { DaySpan } from '../../ui/DaySpan.tsx'
import { type ReadingFilters, codeOf, readingKinds } from './reading-filters.ts'

type People = Reply<'GET /api/engagements/:engagementId/readings'>['people']
const none = {
  what: undefined,
  personId: undefined,
  findingId: undefined,
  code: undefined,
  from: undefined,
  to: undefined,
}

/** Kind, person and days; all of them stand in the address. */
export function ReadingFilterBar({
  filters,
  people,
  own,
}: {
  filters: ReadingFilters
  people: People
  own: boolean
}): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const set = (change: { readonly [name in keyof ReadingFilters]?: string | undefined }): void =>
    void navigate({
      to: '.',
      search: (before: object) => present({ ...before, ...change }) as ReadingFilters,
      replace: true,
    })
  return (
    <div className="filters" role="search">
      <Select
        aria-label={t('readings.filter.what')}
        value={filters.what ?? ''}
        onChange={(what) => set({ what: what || undefined })}
        options={[
          { value: '', label: t('readings.filter.anything') },
          ...readingKinds.map((value) => ({ value, label: t(`readings.kind.${value}`) })),
        ]}
      />
      {own ? null : (
        <Select
          aria-label={t('readings.filter.person')}
          value={filters.personId ?? ''}
          onChange={(personId) => set({ personId: personId || undefined })}
          options={[
            { value: '', label: t('readings.filter.anybody') },
            ...people.map(({ personId, personName, orgName, times }) => ({
              value: personId,
              label: `${personName || personId} · ${orgName} (${times})`,
            })),
          ]}
        />
      )}
      <DaySpan from={filters.from} to={filters.to} onChange={set} />
      <Input.Search
        key={filters.code ?? ''}
        className="reading-code"
        aria-label={t('readings.filter.code')}
        placeholder={t('readings.filter.code')}
        defaultValue={filters.code ?? ''}
        maxLength={10}
        allowClear
        onSearch={(typed) => set({ code: codeOf(typed) })}
      />
      {filters.findingId === undefined ? null : (
        <span className="tag">
          {t('readings.filter.oneFinding')}
          <button
            type="button"
            onClick={() => set({ findingId: undefined })}
            aria-label={t('readings.filter.allObjects')}
          >
            ×
          </button>
        </span>
      )}
      {Object.keys(filters).length > 0 ? <Button onClick={() => set(none)}>{t('action.clear')}</Button> : null}
    </div>
  )
}
