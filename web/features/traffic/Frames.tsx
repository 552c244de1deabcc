import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { hexDump, sizeText } from './bodies.ts'

const kinds = { 0: 'continued', 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' } as const

/** Frames of a WebSocket, those of the tester first: when each came is not recorded. */
export function Frames({ frames }: { frames: NonNullable<ExchangePage['frames']> }): ReactNode {
  const { t } = useTranslation()
  if (frames.length === 0) return <p className="quiet">{t('traffic.frame.none')}</p>
  return (
    <>
      <p className="muted">{t('traffic.frame.order')}</p>
      <ol className="frames">
        {frames.map((frame, at) => {
          const kind = Object.hasOwn(kinds, frame.opcode) ? kinds[frame.opcode as keyof typeof kinds] : undefined
          return (
            <li key={`${at} ${frame.from}`} className={frame.from}>
              <span>
                <strong>{t(`traffic.frame.${frame.from}`)}</strong>
                <br />
                <span className="muted">
                  {kind === undefined ? frame.opcode : t(`traffic.frame.${kind}`)} · {sizeText(frame.bytes)}
                </span>
              </span>
              <pre className="mono">
                {frame.text ??
                  hexDump(Uint8Array.from(frame.hex?.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)))}
                {frame.cut ? ' …' : ''}
              </pre>
            </li>
          )
        })}
      </ol>
    </>
  )
}
