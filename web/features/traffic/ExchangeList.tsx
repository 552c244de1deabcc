import type { ExchangeRowView } from '@zhongheng/contracts/http/traffic.ts'
import { type KeyboardEvent, type ReactNode, useEffect, useEffectEvent, useLayoutEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { Icon } from '../../ui/Icon.tsx'
import { momentText, utcText } from '../../ui/moment-text.ts'
import { useMedia } from '../../ui/use-media.ts'
import { sizeText } from './bodies.ts'
import type { Marked } from './marked.ts'
import { windowOf } from './rows.ts'

/** Older rows are asked for while this many are still below. */
const spareRows = 200

/** Only the rows in sight exist; j/k and arrows move, Enter opens. New rows on top leave the view where it was. */
export function ExchangeList({
  rows,
  opened,
  onOpen,
  more,
  onEnd,
  marked,
  onMark,
  showTester,
}: {
  rows: readonly ExchangeRowView[]
  opened: string | undefined
  onOpen: (exchangeId: string) => void
  more: boolean
  onEnd: () => void
  marked: Marked
  onMark: (row: ExchangeRowView) => void
  showTester: boolean
}): ReactNode {
  const { t } = useTranslation()
  const narrow = useMedia('(max-width: 760px)')
  const rowHeight = narrow ? 64 : 36
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })
  const [cursor, setCursor] = useState<string | undefined>(opened)
  const { start, end } = windowOf(view.top, view.height, rowHeight, rows.length)

  const newest = rows[0]?.sequence
  const before = useRef(newest)
  useLayoutEffect(() => {
    const added = before.current === undefined ? 0 : rows.findIndex(({ sequence }) => sequence === before.current)
    before.current = newest
    if (box.current && added > 0 && box.current.scrollTop > 0) box.current.scrollTop += added * rowHeight
  }, [newest, rows, rowHeight])

  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const measure = new ResizeObserver(() => setView({ top: element.scrollTop, height: element.clientHeight }))
    measure.observe(element)
    return () => measure.disconnect()
  }, [])
  const nearEnd = more && end >= rows.length - spareRows && view.top > 0
  const atEnd = useEffectEvent(onEnd)
  useEffect(() => {
    if (nearEnd) atEnd()
  }, [nearEnd, rows.length])

  const place = rows.findIndex(({ exchangeId }) => exchangeId === cursor)
  const moveTo = (index: number): void => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    const element = box.current
    if (!row || !element) return
    setCursor(row.exchangeId)
    const top = rows.indexOf(row) * rowHeight
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + rowHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + rowHeight - element.clientHeight
  }
  const onKey = (key: string): boolean => {
    if (key === 'j' || key === 'ArrowDown') moveTo(place + 1)
    else if (key === 'k' || key === 'ArrowUp') moveTo(place - 1)
    else if (key === 'Home') moveTo(0)
    else if (key === 'End') moveTo(rows.length - 1)
    else if (key === 'Enter' && cursor !== undefined) onOpen(cursor)
    else if (key === 'x' && rows[place] !== undefined) onMark(rows[place])
    else return false
    return true
  }
  const onPageKey = useEffectEvent((event: globalThis.KeyboardEvent) => {
    const busy =
      event.target instanceof Element &&
      event.target.closest(
        'input, textarea, select, button, a, [contenteditable], [role="grid"], [role="dialog"], [role="tab"]',
      )
    if (
      busy ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      event.key === 'Home' ||
      event.key === 'End' ||
      event.key.startsWith('Arrow')
    )
      return
    if (onKey(event.key)) event.preventDefault()
  })
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent): void => onPageKey(event)
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])

  return (
    <div className={showTester ? 'exchanges' : 'exchanges own'}>
      <div className="exchange-head" aria-hidden>
        <span className="exchange-mark" />
        <span>{t('traffic.column.time')}</span>
        {showTester ? <span>{t('traffic.column.tester')}</span> : null}
        <span>{t('traffic.column.method')}</span>
        <span>{t('traffic.column.target')}</span>
        <span>{t('traffic.column.status')}</span>
        <span className="number">{t('traffic.column.bytes')}</span>
        <span className="number">{t('traffic.column.duration')}</span>
      </div>
      <div
        ref={box}
        className="exchange-window"
        style={{ height: `min(max(320px, 100vh - 416px), ${rows.length * rowHeight}px)` }}
        role="grid"
        tabIndex={0}
        aria-label={t('traffic.title')}
        aria-rowcount={rows.length}
        aria-activedescendant={place >= start && place < end ? cursor : undefined}
        onScroll={(event) => setView({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
        onKeyDown={(event: KeyboardEvent) => {
          if (!event.ctrlKey && !event.metaKey && !event.altKey && onKey(event.key)) event.preventDefault()
        }}
      >
        <div style={{ height: rows.length * rowHeight }} role="rowgroup">
          {rows.slice(start, end).map((row, at) => (
            <ExchangeRow
              key={row.exchangeId}
              row={row}
              index={start + at}
              height={rowHeight}
              state={row.exchangeId === opened ? 'opened' : row.exchangeId === cursor ? 'cursor' : ''}
              showTester={showTester}
              marked={marked.has(row.sequence)}
              onMark={() => onMark(row)}
              onOpen={() => {
                setCursor(row.exchangeId)
                onOpen(row.exchangeId)
              }}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

function ExchangeRow({
  row,
  index,
  height,
  state,
  showTester,
  marked,
  onMark,
  onOpen,
}: {
  row: ExchangeRowView
  index: number
  height: number
  state: string
  showTester: boolean
  marked: boolean
  onMark: () => void
  onOpen: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  return (
    <div
      id={row.exchangeId}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={state === 'opened'}
      className={`exchange ${row.refusal ? 'refused' : ''} ${state}`}
      style={{ transform: `translateY(${index * height}px)`, height }}
      onClick={onOpen}
    >
      <span role="gridcell" className="exchange-mark">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={marked}
          aria-label={t('traffic.mark')}
          onClick={(event) => event.stopPropagation()}
          onChange={onMark}
        />
      </span>
      <span role="gridcell" className="exchange-time" title={utcText(row.startedAt)}>
        {momentText(row.startedAt, language, 'seconds').slice(5)}
      </span>
      {showTester ? (
        <span role="gridcell" className="exchange-tester">
          {row.testerName}
        </span>
      ) : null}
      <span role="gridcell" className="mono exchange-method">
        {row.method || '—'}
      </span>
      <span
        role="gridcell"
        className="mono exchange-target"
        {...(row.host === '' ? {} : { title: `${row.scheme}://${row.host}:${row.port}${row.path}` })}
      >
        <span className="exchange-host">{row.host || '—'}</span>
        {row.tunnel === null ? row.path : <TunnelMark row={row} />}
      </span>
      <span role="gridcell" className="exchange-status">
        <ExchangeStatus row={row} />
      </span>
      <span role="gridcell" className="number exchange-size">
        {row.refusal ? '' : sizeText(row.tunnel?.carried?.responseBytes ?? row.responseBytes)}
      </span>
      <span role="gridcell" className="number exchange-took">
        {row.refusal ? '' : `${row.durationMs} ms`}
      </span>
    </div>
  )
}

/** A tunnel that was not looked into has no path; it says what it is. */
function TunnelMark({ row }: { row: ExchangeRowView }): ReactNode {
  const { t } = useTranslation()
  return (
    <>
      :{row.port} <span className="tag">{t(row.tunnel?.carried ? 'traffic.tunnelOf' : 'traffic.rawOf')}</span>
    </>
  )
}

/** Status code, or the rule by which the gateway refused. */
export function ExchangeStatus({ row }: { row: Pick<ExchangeRowView, 'refusal' | 'status' | 'outcome'> }): ReactNode {
  const { t } = useTranslation()
  if (row.refusal)
    return (
      <span className="tag bad">
        <Icon name="stop" size={13} />
        {t('traffic.refusedBy', { rule: row.refusal.rule })}
      </span>
    )
  if (row.status === 0) return <span className="tag warn">{t('traffic.noStatus')}</span>
  return (
    <span
      className={`tag mono ${row.status >= 500 ? 'bad' : row.status >= 400 ? 'warn' : row.status < 300 ? 'ok' : ''}`}
    >
      {row.status}
    </span>
  )
}
