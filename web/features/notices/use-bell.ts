import { useEffect, useEffectEvent } from 'react'
import { addressOf } from '../../api/call.ts'

/**
 * Hears that there is something new to this person; what it is, the page asks itself. Only while the page is looked at: a
 * browser keeps few connections to one place, and tabs in the background would take them all.
 */
export function useBell(changed: () => void): void {
  const onChanged = useEffectEvent(changed)
  useEffect(() => {
    let source: EventSource | null = null
    const follow = (): void => {
      if (document.visibilityState === 'hidden') {
        source?.close()
        source = null
      } else if (source === null) {
        source = new EventSource(addressOf('GET /api/notices/live'))
        source.addEventListener('changed', () => onChanged())
        source.addEventListener('ended', () => {
          source?.close()
          // The next call finds out why.
          onChanged()
        })
      }
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      source?.close()
    }
  }, [])
}
