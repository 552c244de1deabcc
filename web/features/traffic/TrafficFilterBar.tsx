import { useNavigate } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { present } from '../../app/search.ts'
import { useAdmitted } from '../testers/use-admitted.ts'
import { MoreFilters } from './MoreFilters.tsx'
import { TypedFilter } from './TypedFilter.tsx'
import { type TrafficFilters, methods, verdicts } from './filters.ts'

/** The filters; the address holds them. `seesAll`: somebody who sees other people's traffic too. */
export function TrafficFilterBar({
  engagementId,
  filters,
  seesAll,
  searchesText,
}: {
  engagementId: string
  filters: TrafficFilters
  seesAll: boolean
  /** Somebody who may read what stands in the traffic. */
  searchesText: boolean
}): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const set = (change: Partial<Record<keyof TrafficFilters, string | undefined>>): void =>
    void navigate({
      to: '.',
      search: (before: object) => present({ ...before, ...change }) as TrafficFilters,
      replace: true,
    })
  const [all, setAll] = useState(false)
  const people = useAdmitted(engagementId, seesAll)
  return (
    <div className={all ? 'traffic-filters all' : 'traffic-filters'} role="search">
      <TypedFilter
        label={t('traffic.filter.search')}
        value={filters.search}
        className="wide"
        onChange={(search) => set({ search })}
      />
      {searchesText ? (
        <TypedFilter
          label={t('traffic.filter.text')}
          value={filters.text}
          className="wide"
          onChange={(text) => set({ text })}
        />
      ) : null}
      <Button className="traffic-more" aria-expanded={all} onClick={() => setAll(!all)}>
        {t('traffic.filter.more')}
      </Button>
      <TypedFilter label={t('traffic.filter.host')} value={filters.host} onChange={(host) => set({ host })} />
      <Select
        aria-label={t('traffic.filter.method')}
        value={filters.method ?? ''}
        onChange={(method) => set({ method: method || undefined })}
        options={[
          { value: '', label: t('traffic.filter.anyMethod') },
          ...methods.map((value) => ({ value, label: value })),
        ]}
      />
      <TypedFilter
        label={t('traffic.filter.status')}
        value={filters.status}
        className="short"
        onChange={(status) => set({ status: /^\d{3}$/.test(status ?? '') ? status : undefined })}
      />
      {seesAll ? (
        <Select
          aria-label={t('traffic.filter.tester')}
          value={filters.testerId ?? ''}
          onChange={(testerId) => set({ testerId: testerId || undefined })}
          options={[
            { value: '', label: t('traffic.filter.anyTester') },
            ...people.map(({ personId, name }) => ({ value: personId, label: name })),
          ]}
        />
      ) : null}
      <Select
        aria-label={t('traffic.filter.verdict')}
        value={filters.verdict ?? ''}
        onChange={(verdict) => set({ verdict: verdict || undefined })}
        options={[
          { value: '', label: t('traffic.filter.anyVerdict') },
          ...verdicts.map((value) => ({ value, label: t(`traffic.filter.${value}`) })),
        ]}
      />
      <MoreFilters filters={filters} onChange={set} />
      {Object.keys(filters).length > 0 ? (
        <Button type="text" onClick={() => void navigate({ to: '.', search: {}, replace: true })}>
          {t('traffic.filter.clear')}
        </Button>
      ) : null}
    </div>
  )
}
