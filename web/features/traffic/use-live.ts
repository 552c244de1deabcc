import { addressOf } from '../../api/call.ts'
import { useEffect, useEffectEvent, useState } from 'react'

export type LiveState = 'connecting' | 'on' | 'ended'

/** The browser gives up for good when anything but the stream answers, as a proxy does while the server starts again (ms). */
const openAgainAfter = 5000

/**
 * Listens to an engagement's events. `changed` is called when there is something new to load; what it is, the page asks
 * itself. A lost stream is opened again; `ended` means that the login or the right to look is over.
 * @param allowed false once the page was refused: then nothing is listened to
 */
export function useLive(engagementId: string, changed: () => void, allowed = true): LiveState {
  const [state, setState] = useState<LiveState>('connecting')
  const onChanged = useEffectEvent(changed)
  useEffect(() => {
    if (!allowed) return undefined
    const address = addressOf('GET /api/engagements/:engagementId/live', { params: { engagementId } })
    let timer: ReturnType<typeof setTimeout> | undefined
    let source: EventSource
    const open = (): void => {
      source = new EventSource(address)
      source.addEventListener('open', () => setState('on'))
      source.addEventListener('error', () => {
        setState('connecting')
        if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, openAgainAfter)
      })
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
    }
    open()
    return () => {
      clearTimeout(timer)
      source.close()
    }
  }, [engagementId, allowed])
  return allowed ? state : 'ended'
}
