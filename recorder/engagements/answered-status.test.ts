import { describe, expect, it } from 'vitest'
import { headOf } from '../fixtures/recording.ts'
import { answeredStatus } from './answered-status.ts'
import { OpenExchange } from './open-exchange.ts'

describe('the status of an answer whose end nobody told', () => {
  it.each([
    ['a whole answer', 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n', 404],
    ['a status line without reason', 'HTTP/1.0 204\r\n', 204],
    [
      'an answer behind early ones',
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n',
      200,
    ],
    ['a change of protocols', 'HTTP/1.1 101 Switching Protocols\r\n\r\n\u0081\u0002hi', 101],
    ['early answers alone', 'HTTP/1.1 100 Continue\r\n\r\n', 0],
    ['half a status line', 'HTTP/1.1 20', 0],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n', 0],
    ['something else', 'SSH-2.0-OpenSSH_9\r\n', 0],
    ['nothing', '', 0],
  ])('is read from %s', (_what, text, status) => {
    expect(answeredStatus(headOf(), Buffer.from(text, 'latin1'))).toBe(status)
  })

  it('is read from the frames of HTTP/2, whatever comes before', () => {
    const block = (status: string): number[] => [0, 7, ...Buffer.from(':status'), status.length, ...Buffer.from(status)]
    const headers = (status: string): number[] => {
      const fields = block(status)
      return [0, 0, fields.length, 1, 4, 0, 0, 0, 1, ...fields]
    }
    const settings = [0, 0, 0, 4, 0, 0, 0, 0, 0]
    const head = headOf({ httpVersion: '2' })
    expect(answeredStatus(head, Uint8Array.from([...settings, ...headers('103'), ...headers('302')]))).toBe(302)
    expect(answeredStatus(head, Uint8Array.from([...settings, ...headers('103')]))).toBe(0)
    expect(answeredStatus(head, Uint8Array.from(settings.slice(0, 5)))).toBe(0)
  })

  it('is none for a tunnel, whose bytes are nobody’s answer', () => {
    expect(answeredStatus(headOf({ kind: 'tunnel' }), Buffer.from('HTTP/1.1 200 OK\r\n'))).toBe(0)
  })

  it('is found when the answer came byte by byte', () => {
    const exchange = new OpenExchange(headOf())
    for (const byte of Buffer.from('HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n'))
      exchange.take('response', Buffer.of(byte))
    expect(exchange.untold('2026-06-01T10:00:00.000Z', 'gateway_lost')).toEqual({
      finishedAt: '2026-06-01T10:00:00.000Z',
      status: 302,
      outcome: 'target_gone',
      recovered: 'gateway_lost',
    })
  })
})
