import { addressOf } from '../../api/call.ts'
import { useEffect, useEffectEvent, useState } from 'react'

export type LiveState = 'connecting' | 'on' | 'ended'

/**
 * Listens to an engagement's events. `changed` is called when there is something new to load; what it is, the page asks
 * itself. The browser connects again by itself; `ended` means that the login or the right to look is over.
 */
export function useLive(engagementId: string, changed: () => void): LiveState {
  const [state, setState] = useState<LiveState>('connecting')
  const onChanged = useEffectEvent(changed)
  useEffect(() => {
    const source = new EventSource(addressOf('GET /api/engagements/:engagementId/live', { params: { engagementId } }))
    source.addEventListener('open', () => setState('on'))
    source.addEventListener('error', () => setState('connecting'))
    source.addEventListener('changed', () => {
      setState('on')
      onChanged()
    })
    source.addEventListener('ended', () => {
      source.close()
      setState('ended')
      // The next call finds out why: signed out leads to the sign-in page.
      onChanged()
    })
    return () => source.close()
  }, [engagementId])
  return state
}
