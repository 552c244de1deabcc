import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useId, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../api/hooks.ts'
import { Icon } from '../ui/Icon.tsx'
import { StateChip } from '../ui/StateChip.tsx'

/** Search in the top bar: `/` puts the cursor here, arrows choose, Enter opens. */
export function EngagementSearch(): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const listId = useId()
  const input = useRef<HTMLInputElement>(null)
  const [typed, setTyped] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(-1)
  const search = useDeferredValue(typed.trim())
  const found = useApi('GET /api/engagements', { query: { search, limit: 8 } }, { enabled: open && search.length > 0 })
  const rows = search.length > 0 ? (found.data?.engagements ?? []) : []
  const shown = open && search.length > 0 && found.data !== undefined

  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent): void => {
      const typing =
        event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]')
      if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      input.current?.focus()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])

  const leave = (): void => {
    setOpen(false)
    setAt(-1)
    setTyped('')
    input.current?.blur()
  }
  const openRow = (engagementId: string): void => {
    leave()
    void navigate({ to: '/engagements/$engagementId', params: { engagementId } })
  }
  const onKey = (event: KeyboardEvent<HTMLInputElement>): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      setAt((now) => Math.max(-1, Math.min(rows.length - 1, now + (event.key === 'ArrowDown' ? 1 : -1))))
    } else if (event.key === 'Escape') leave()
    else if (event.key === 'Enter' && search.length > 0 && !event.nativeEvent.isComposing) {
      const row = rows[at]
      if (row) return openRow(row.engagementId)
      leave()
      void navigate({ to: '/engagements', search: { search } })
    }
  }
  return (
    <div className="finder">
      <Icon name="search" size={16} />
      <input
        ref={input}
        type="search"
        role="combobox"
        aria-expanded={shown}
        aria-controls={listId}
        aria-label={t('frame.search')}
        aria-activedescendant={at >= 0 ? `${listId}-${at}` : undefined}
        placeholder={t('frame.search')}
        maxLength={100}
        autoComplete="off"
        value={typed}
        onChange={(event) => {
          setTyped(event.target.value)
          setOpen(true)
          setAt(-1)
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKey}
      />
      <kbd aria-hidden>/</kbd>
      {shown ? (
        <ul id={listId} role="listbox" className="finder-list">
          {rows.map((row, index) => (
            <li
              key={row.engagementId}
              id={`${listId}-${index}`}
              role="option"
              aria-selected={index === at}
              // The press must win against the blur that closes the list.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => openRow(row.engagementId)}
            >
              <span className="finder-title">{row.title}</span>
              <span className="muted mono">{row.number}</span>
              <StateChip engagement={row.state} />
            </li>
          ))}
          {rows.length === 0 ? <li className="finder-none muted">{t('frame.searchNone')}</li> : null}
        </ul>
      ) : null}
    </div>
  )
}
