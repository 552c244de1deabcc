import { useNavigate } from '@tanstack/react-router'
import { Button, Input, Select } from 'antd'
import { type ReactNode, useEffect, useEffectEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { present } from '../../app/search.ts'
import { type TrafficFilters, methods, verdicts } from './filters.ts'

/** The filters; the address holds them. `seesAll`: somebody who sees other people's traffic too. */
export function TrafficFilterBar({
  engagementId,
  filters,
  seesAll,
}: {
  engagementId: string
  filters: TrafficFilters
  seesAll: boolean
}): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const testers = useApi(
    'GET /api/engagements/:engagementId/enrollments',
    { params: { engagementId } },
    { enabled: seesAll },
  )
  const set = (change: Partial<Record<keyof TrafficFilters, string | undefined>>): void =>
    void navigate({
      to: '.',
      search: (before: object) => present({ ...before, ...change }) as TrafficFilters,
      replace: true,
    })
  const [all, setAll] = useState(false)
  const people = testers.data?.enrollments.filter(({ state }) => state === 'admitted' || state === 'removed') ?? []
  return (
    <div className={all ? 'traffic-filters all' : 'traffic-filters'} role="search">
      <TypedFilter
        label={t('traffic.filter.search')}
        value={filters.search}
        className="wide"
        onChange={(search) => set({ search })}
      />
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
      {Object.keys(filters).length > 0 ? (
        <Button
          type="text"
          onClick={() =>
            set({
              search: undefined,
              host: undefined,
              method: undefined,
              status: undefined,
              testerId: undefined,
              verdict: undefined,
            })
          }
        >
          {t('traffic.filter.clear')}
        </Button>
      ) : null}
    </div>
  )
}

/** A text filter that waits until typing stops. */
function TypedFilter({
  label,
  value = '',
  className = '',
  onChange,
}: {
  label: string
  value?: string | undefined
  className?: string
  onChange: (value: string | undefined) => void
}): ReactNode {
  const [typed, setTyped] = useState(value)
  const [sent, setSent] = useState(value)
  // The address changed by other means (a link, the clear button): show what it says.
  if (value !== sent && typed === sent) {
    setSent(value)
    setTyped(value)
  }
  const send = useEffectEvent((text: string) => {
    setSent(text)
    onChange(text === '' ? undefined : text)
  })
  useEffect(() => {
    if (typed === sent) return undefined
    const timer = setTimeout(() => send(typed), 300)
    return () => clearTimeout(timer)
  }, [typed, sent])
  return (
    <Input
      className={`typed-filter ${className}`}
      aria-label={label}
      placeholder={label}
      allowClear
      maxLength={200}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
    />
  )
}
