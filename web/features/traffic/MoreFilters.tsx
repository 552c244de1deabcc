import { Button, Input, Popover, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { type TrafficFilters, kinds, statusClasses } from './filters.ts'
import { TypedFilter } from './TypedFilter.tsx'

type Change = Partial<Record<keyof TrafficFilters, string | undefined>>
const rare = ['path', 'kind', 'statusClass', 'minBytes', 'maxBytes', 'from', 'to'] as const

/** The filters that are needed now and then. */
export function MoreFilters({
  filters,
  onChange,
}: {
  filters: TrafficFilters
  onChange: (change: Change) => void
}): ReactNode {
  const { t } = useTranslation()
  const used = rare.filter((name) => filters[name] !== undefined).length
  const whole = (name: 'minBytes' | 'maxBytes') => (value: string | undefined) =>
    onChange({ [name]: /^\d{1,15}$/.test(value ?? '') ? value : undefined })
  return (
    <Popover
      trigger="click"
      placement="bottomLeft"
      content={
        <div className="more-filters">
          <TypedFilter
            label={t('traffic.filter.path')}
            value={filters.path}
            className="wide"
            onChange={(path) => onChange({ path })}
          />
          <Select
            aria-label={t('traffic.filter.kind')}
            value={filters.kind ?? ''}
            onChange={(kind) => onChange({ kind: kind || undefined })}
            options={[
              { value: '', label: t('traffic.filter.anyKind') },
              ...kinds.map((value) => ({ value, label: t(`traffic.kind.${value}`) })),
            ]}
          />
          <Select
            aria-label={t('traffic.filter.statusClass')}
            value={filters.statusClass ?? ''}
            onChange={(statusClass) => onChange({ statusClass: statusClass || undefined })}
            options={[
              { value: '', label: t('traffic.filter.anyStatus') },
              ...statusClasses.map((value) => ({ value, label: `${value}xx` })),
            ]}
          />
          <div className="filter-pair">
            <TypedFilter label={t('traffic.filter.minBytes')} value={filters.minBytes} onChange={whole('minBytes')} />
            <TypedFilter label={t('traffic.filter.maxBytes')} value={filters.maxBytes} onChange={whole('maxBytes')} />
          </div>
          {(['from', 'to'] as const).map((name) => (
            <label key={name} className="filter-time">
              <span>{t(`traffic.filter.${name}`)}</span>
              <Input
                type="datetime-local"
                value={localOf(filters[name])}
                onChange={({ target }) =>
                  onChange({ [name]: target.value === '' ? undefined : new Date(target.value).toISOString() })
                }
              />
            </label>
          ))}
        </div>
      }
    >
      <Button {...(used > 0 ? { type: 'primary' as const, ghost: true } : {})}>
        {used > 0 ? t('traffic.filter.moreUsed', { count: used }) : t('traffic.filter.rare')}
      </Button>
    </Popover>
  )
}

/** A moment as the field shows it, in the viewer's zone. */
function localOf(at: string | undefined): string {
  if (at === undefined) return ''
  const date = new Date(at)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
