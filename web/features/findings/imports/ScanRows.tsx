import { importLimits } from '@zhongheng/contracts/records/import-files.ts'
import { Button, Checkbox } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../../i18n/index.ts'
import { DataList } from '../../../ui/DataList.tsx'
import { SeverityPill } from '../../../ui/SeverityPill.tsx'
import type { ScanRow } from './imported-drafts.ts'

const atOnce = 100

/** The results of a file with a box before each. What lies outside of the scope says why, and is no draft. */
export function ScanRows({
  rows,
  chosen,
  onChange,
}: {
  rows: readonly ScanRow[]
  /** Places in `rows`. */
  chosen: ReadonlySet<number>
  onChange: (chosen: ReadonlySet<number>) => void
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const [shown, setShown] = useState(atOnce)
  const full = chosen.size >= importLimits.drafts
  const toggle = (at: number): void => {
    const next = new Set(chosen)
    if (!next.delete(at)) next.add(at)
    onChange(next)
  }
  return (
    <>
      <DataList
        label={t('imports.results')}
        rows={rows.slice(0, shown).map((row, at) => ({ row, at }))}
        rowKey={({ at }) => String(at)}
        empty={null}
        columns={[
          {
            key: 'title',
            label: t('imports.result'),
            role: 'lead',
            cell: ({ row, at }) => (
              <Checkbox
                checked={chosen.has(at)}
                disabled={row.scope === 'out' || (full && !chosen.has(at))}
                onChange={() => toggle(at)}
              >
                <span className="break">{row.title}</span>
                {row.times > 1 ? <span className="muted"> × {row.times}</span> : null}
              </Checkbox>
            ),
          },
          {
            key: 'severity',
            label: t('imports.severity'),
            cell: ({ row }) => <SeverityPill severity={row.severity} />,
          },
          {
            key: 'place',
            label: t('imports.place'),
            cell: ({ row }) => (
              <span className="mono break">
                {row.places[0] ?? '—'}
                {row.places.length > 1 ? ` +${row.places.length - 1}` : ''}
              </span>
            ),
          },
          { key: 'cwe', label: t('imports.weakness'), cell: ({ row }) => row.cwe ?? '—' },
          {
            key: 'scope',
            label: t('imports.scope'),
            cell: ({ row }) => (
              <div className="stack-tight">
                <span className={`imported-scope imported-${row.scope}`}>{t(`imports.scopes.${row.scope}`)}</span>
                {row.why ? <span className="muted">{say(row.why)}</span> : null}
              </div>
            ),
          },
        ]}
      />
      {rows.length > shown ? (
        <div className="more">
          <Button onClick={() => setShown(shown + atOnce)}>{t('action.more')}</Button>
        </div>
      ) : null}
    </>
  )
}
