import { createSecureContext } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { TargetSessions } from './target-sessions.ts'

const context = createSecureContext()
const session = (name: string): { bytes: Buffer; fault: undefined } => ({ bytes: Buffer.from(name), fault: undefined })

describe('sessions with targets', () => {
  it('end after five minutes: then the certificate is looked at again', () => {
    let now = 0
    const sessions = new TargetSessions(() => now)
    sessions.keep(context, 'lea_li shop', session('first'))
    now = 300_000
    expect(sessions.find(context, 'lea_li shop')).toMatchObject(session('first'))
    now = 300_001
    expect(sessions.find(context, 'lea_li shop')).toBeUndefined()
  })

  it('are of one client certificate', () => {
    const sessions = new TargetSessions(() => 0)
    sessions.keep(context, 'lea_li shop', session('first'))
    expect(sessions.find(createSecureContext(), 'lea_li shop')).toBeUndefined()
  })

  it('are few: of 512 targets, the oldest go first', () => {
    const sessions = new TargetSessions(() => 0)
    for (let at = 0; at < 600; at++) sessions.keep(context, `lea_li host${at}`, session('x'))
    expect(sessions.find(context, 'lea_li host87')).toBeUndefined()
    expect(sessions.find(context, 'lea_li host88')).toBeDefined()
  })
})
