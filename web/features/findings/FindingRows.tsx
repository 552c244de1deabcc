import { Link } from '@tanstack/react-router'
import type { FindingRow } from '@zhongheng/contracts/http/findings.ts'
import { Button } from 'antd'
import { type ReactNode, useEffect, useEffectEvent, useRef } from 'react'
import { useTranslation } from 'react-i18next'
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
  more,
}: {
  rows: readonly FindingRow[]
  inbox?: InboxSearch
  showEngagement: boolean
  more?: { loading: boolean; load: () => void } | undefined
}): ReactNode {
  const { t } = useTranslation()
  const list = useRef<HTMLUListElement>(null)
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const typing =
      event.target instanceof Element &&
      event.target.closest('input, textarea, select, [contenteditable], [role="dialog"], [role="combobox"]')
    if ((event.key !== 'j' && event.key !== 'k') || typing || event.ctrlKey || event.metaKey || event.altKey) return
    const links = [...(list.current?.querySelectorAll('a') ?? [])]
    const at = links.findIndex((link) => link === document.activeElement || link.classList.contains('chosen'))
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
      <ul className="finding-rows" ref={list}>
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
                <span className="finding-row-age">
                  <Age at={row.submittedAt} />
                </span>
              </span>
            </>
          )
          return (
            <li key={row.findingId}>
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
