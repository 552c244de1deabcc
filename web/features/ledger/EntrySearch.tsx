import { Link, useNavigate } from '@tanstack/react-router'
import { entryFamilies } from '@zhongheng/contracts/records/entry-families.ts'
import { Checkbox, Input, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import { useApi } from '../../api/hooks.ts'
import { usePages } from '../../api/use-pages.ts'
import { present } from '../../app/search.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Paged } from '../../ui/Paged.tsx'
import { Panel } from '../../ui/Panel.tsx'
import type { LedgerSearch } from './filters.ts'

const key = 'GET /api/ledger/entries'
const idShape = /^[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}$/

/** Entries by engagement, object, family or person, newest first; the address holds the filters, each entry leads to its check. */
export function EntrySearch({ search }: { search: LedgerSearch }): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const engagements = useApi('GET /api/engagements', { query: { limit: 100 } })
  const set = (change: Partial<Record<keyof LedgerSearch, string | undefined>>): void =>
    void navigate({
      to: '/ledger',
      search: (before: object) => present({ ...before, ...change }) as LedgerSearch,
      replace: true,
    })
  return (
    <Panel flush title={t('ledger.list.title')} about={t('ledger.list.about')}>
      <div className="entry-filters" role="search">
        <Select
          aria-label={t('ledger.list.engagement')}
          value={search.engagementId ?? ''}
          showSearch={{ optionFilterProp: 'label' }}
          onChange={(value: string) => set({ engagementId: value || undefined })}
          options={[
            { value: '', label: t('ledger.list.anyEngagement') },
            ...(engagements.data?.engagements ?? []).map((one) => ({ value: one.engagementId, label: one.title })),
          ]}
        />
        <Select
          aria-label={t('ledger.list.kind')}
          value={search.family ?? ''}
          onChange={(value: string) => set({ family: value || undefined })}
          options={[
            { value: '', label: t('ledger.list.anyKind') },
            ...entryFamilies.map((value) => ({ value, label: t(`ledger.list.families.${value}`) })),
          ]}
        />
        <SubjectField key={search.subject ?? ''} value={search.subject} onChange={(subject) => set({ subject })} />
        <Checkbox
          checked={search.mine === 'true'}
          onChange={(event) => set({ mine: event.target.checked ? 'true' : undefined })}
        >
          {t('ledger.list.mine')}
        </Checkbox>
      </div>
      <List search={search} />
    </Panel>
  )
}

/** An id as other pages show it; searched when it is whole. */
function SubjectField({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (value: string | undefined) => void
}): ReactNode {
  const { t } = useTranslation()
  const [typed, setTyped] = useState(value ?? '')
  const text = typed.trim()
  const fits = text === '' || idShape.test(text)
  return (
    <label className="entry-subject">
      <Input
        className="mono"
        allowClear
        maxLength={40}
        spellCheck={false}
        aria-label={t('ledger.list.subject')}
        placeholder={t('ledger.list.subjectHint')}
        value={typed}
        {...(fits ? {} : { status: 'error' as const })}
        onChange={(event) => {
          setTyped(event.target.value)
          const next = event.target.value.trim()
          if (next === '' || idShape.test(next)) onChange(next || undefined)
        }}
      />
      {fits ? null : <span className="muted">{t('ledger.list.subjectShape')}</span>}
    </label>
  )
}

function List({ search: { engagementId, subject, family, mine } }: { search: LedgerSearch }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const filter = present({ engagementId, subject, family, mine })
  const found = usePages(
    [key, 'pages', filter],
    (after, options) => callWith(key, { query: { limit: 20, ...filter, ...after } }, options),
    ({ entries }) => entries,
  )
  return (
    <Paged found={found} lines={6}>
      {(entries) => (
        <DataList
          label={t('ledger.list.title')}
          rows={entries}
          rowKey={(row) => row.leaf}
          empty={<EmptyState icon="ledger" title={t('ledger.list.empty')} why={t('ledger.list.emptyWhy')} />}
          columns={[
            {
              key: 'index',
              label: t('ledger.list.index'),
              cell: (row) =>
                row.index === null ? (
                  <span className="muted nowrap">{t('ledger.list.pending')}</span>
                ) : (
                  <Link
                    to="/ledger"
                    search={(before: object) => ({ ...before, entry: String(row.index) })}
                    className="mono"
                    onClick={() => window.scrollTo({ top: 0 })}
                  >
                    #{row.index}
                  </Link>
                ),
            },
            { key: 'at', label: t('ledger.list.at'), cell: (row) => <Moment at={row.at} seconds /> },
            {
              key: 'kind',
              label: t('ledger.list.kind'),
              role: 'lead',
              cell: (row) => <span title={row.kind}>{say(row.text)}</span>,
            },
            {
              key: 'subject',
              label: t('ledger.list.subject'),
              cell: (row) =>
                row.subject === null || !idShape.test(row.subject) ? (
                  <span className="muted">—</span>
                ) : (
                  <Link
                    to="/ledger"
                    search={(before: object) => ({ ...before, subject: row.subject ?? undefined })}
                    className="mono ledger-id"
                    title={row.subject}
                  >
                    {row.subject}
                  </Link>
                ),
              wide: true,
            },
          ]}
        />
      )}
    </Paged>
  )
}
