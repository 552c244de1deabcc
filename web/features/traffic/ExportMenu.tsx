import { captureFormatNames } from '@zhongheng/contracts/records/capture-formats.ts'
import { Button, Dropdown } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { Icon } from '../../ui/Icon.tsx'
import { type TrafficFilters, exchangeQuery } from './filters.ts'

/** Exchanges as a file: those that the filters name, or only these sequences. The download streams; the reading is recorded. */
export function ExportMenu({
  engagementId,
  filters = {},
  only,
  label,
}: {
  engagementId: string
  filters?: TrafficFilters
  only?: readonly number[]
  label: string
}): ReactNode {
  const { t } = useTranslation()
  const chosen = only === undefined ? exchangeQuery(filters) : { only: only.join(',') }
  const items = captureFormatNames.map((format) => ({
    key: format,
    label: (
      <a
        className="export-item"
        download
        href={addressOf('GET /api/engagements/:engagementId/captures', {
          params: { engagementId },
          query: { format, ...chosen },
        })}
      >
        <strong>{t(`traffic.export.${format}`)}</strong>
        <span className="muted">{t(`traffic.export.${format}For`)}</span>
      </a>
    ),
  }))
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [...items, { type: 'divider' }, { key: 'note', disabled: true, label: t('traffic.export.recorded') }],
      }}
    >
      <Button size="small">
        {label}
        <Icon name="down" size={14} />
      </Button>
    </Dropdown>
  )
}
