import { Link } from '@tanstack/react-router'
import type { FindingRow } from '@zhongheng/contracts/http/findings.ts'
import { Button, Checkbox } from 'antd'
import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui/Icon.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { StateChip } from '../../ui/StateChip.tsx'
import { Age } from './Age.tsx'
import type { InboxSearch } from './filters.ts'
import { openText } from './filters.ts'

/** The list of findings. In the inbox a row opens beside it (`inbox` holds the address), elsewhere on its own page. */
export function FindingRows({
  rows,
  inbox,
  showEngagement,
  ticking,
  more,
}: {
  rows: readonly FindingRow[]
  inbox?: InboxSearch
  showEngagement: boolean
  /** Several can be ticked, to be assigned together. */
  ticking?: { readonly ticked: ReadonlySet<string>; readonly tick: (findingId: string) => void } | undefined
  more?: { loading: boolean; load: () => void } | undefined
}): ReactNode {
  const { t } = useTranslation()
  const list = useRef<HTMLUListElement>(null)
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const typing =
      event.target instanceof Element &&
      event.target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="combobox"]')
    if (!['j', 'k', 'x'].includes(event.key) || typing || event.ctrlKey || event.metaKey || event.altKey) return
    const links = [...(list.current?.querySelectorAll('a') ?? [])]
    const focused = links.indexOf(document.activeElement as HTMLAnchorElement)
    const at = focused >= 0 ? focused : links.findIndex((link) => link.classList.contains('chosen'))
    if (event.key === 'x') {
      const row = rows[at]
      if (row?.assignable) ticking?.tick(row.findingId)
      return
    }
    links[Math.max(0, Math.min(links.length - 1, at + (event.key === 'j' ? 1 : -1)))]?.focus()
    event.preventDefault()
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => onKey(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
  return (
    <>
      <ul className={ticking && ticking.ticked.size > 0 ? 'finding-rows ticking' : 'finding-rows'} ref={list}>
        {rows.map((row) => {
          const chosen = inbox?.open === openText(row)
          const inside = (
            <>
              <span className="finding-row-top">
                <SeverityPill severity={row.severity} />
                <span className="finding-row-title">{row.title}</span>
                {row.waitsForMe ? (
                  <span
                    className="waits-dot"
                    role="img"
                    aria-label={t('findings.list.waits')}
                    title={t('findings.list.waits')}
                  />
                ) : null}
              </span>
              <span className="finding-row-low">
                <StateChip finding={row.state} />
                <span className="mono">{row.number}</span>
                <span className="finding-row-asset">
                  {showEngagement ? `${row.engagementTitle} · ${row.asset}` : row.asset}
                </span>
                <span className="finding-row-tester">{row.testerName}</span>
                {row.assignee ? (
                  <span className="assignee-chip" title={t('findings.assign.by', { name: row.assignee.name })}>
                    <Icon name="person" size={12} />
                    {row.assignee.name}
                  </span>
                ) : null}
                <span className="finding-row-age">
                  <Age at={row.submittedAt} />
                </span>
              </span>
            </>
          )
          return (
            <li key={row.findingId} className={ticking ? 'with-tick' : undefined}>
              {ticking ? (
                <Checkbox
                  className="finding-tick"
                  checked={ticking.ticked.has(row.findingId) && row.assignable}
                  disabled={!row.assignable}
                  onChange={() => ticking.tick(row.findingId)}
                  aria-label={t('findings.assign.tick', { number: row.number })}
                  title={row.assignable ? undefined : t('findings.assign.settled')}
                />
              ) : null}
              {inbox ? (
                <Link
                  to="/findings"
                  search={{ ...inbox, open: openText(row) }}
                  className={chosen ? 'finding-row chosen' : 'finding-row'}
                  aria-current={chosen ? 'true' : undefined}
                  preload={false}
                >
                  {inside}
                </Link>
              ) : (
                <Link
                  to="/engagements/$engagementId/findings/$findingId"
                  params={{ engagementId: row.engagementId, findingId: row.findingId }}
                  className="finding-row"
                  preload={false}
                >
                  {inside}
                </Link>
              )}
            </li>
          )
        })}
      </ul>
      {more ? (
        <div className="more">
          <Button loading={more.loading} onClick={more.load}>
            {t('action.more')}
          </Button>
        </div>
      ) : null}
    </>
  )
}
