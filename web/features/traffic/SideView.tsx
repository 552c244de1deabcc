import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import { Segmented } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { Icon } from '../../ui/Icon.tsx'
import { useDownload } from '../../ui/use-download.ts'
import { bytesOf, type Header, hexDump, prettyJson, sizeText, splitHead } from './bodies.ts'

/** Headers and body of one side of an exchange; the whole is a download. */
export function SideView({
  page,
  which,
  engagementId,
}: {
  page: ExchangePage
  which: 'request' | 'response'
  engagementId: string
}): ReactNode {
  const { t } = useTranslation()
  const side = page[which]
  const content = page.content[which]
  const pretty = useMemo(() => {
    const text = content.text ?? (side.binary ? null : side.body)
    return text === null ? null : prettyJson(text)
  }, [side, content])
  const views = [
    ...(content.image === null ? [] : ['image' as const]),
    ...(pretty === null ? [] : ['pretty' as const]),
    ...(content.text === null ? [] : ['unpacked' as const]),
    ...(side.binary ? [] : ['raw' as const]),
    'hex' as const,
  ]
  const [wanted, setWanted] = useState<(typeof views)[number]>()
  const shown = views.find((one) => one === wanted) ?? views[0] ?? 'hex'
  const { first, headers } = splitHead(side.head)
  const params = { engagementId, exchangeId: page.exchangeId }
  const download = useDownload(engagementId)
  const address =
    which === 'request'
      ? addressOf('GET /api/engagements/:engagementId/exchanges/:exchangeId/request', { params })
      : addressOf('GET /api/engagements/:engagementId/exchanges/:exchangeId/response', { params })
  return (
    <div className="stack">
      {side.informational === ''
        ? null
        : side.informational.split('\r\n\r\n').map((head, at) => (
            <div key={`${at} ${head}`}>
              <p className="mono break side-first">{splitHead(head).first}</p>
              <Headers headers={splitHead(head).headers} />
            </div>
          ))}
      <div>
        <p className="mono break side-first">{first || t('traffic.view.noHead')}</p>
        <Headers headers={headers} />
      </div>
      <div className="side-bar">
        <strong>{t('traffic.view.body')}</strong>
        <span className="muted">
          {side.body === ''
            ? ''
            : sizeText(side.cut ? (which === 'request' ? page.requestBytes : page.responseBytes) : side.bodyBytes)}
          {side.binary ? ` · ${t('traffic.view.binary')}` : ''}
          {content.codings.length === 0 ? '' : ` · ${content.codings.join(', ')}`}
        </span>
        {side.body === '' ? null : (
          <Segmented
            size="small"
            value={shown}
            onChange={setWanted}
            options={views.map((value) => ({ value, label: t(`traffic.view.${value}`) }))}
          />
        )}
        <a className="side-download" href={address} download onClick={download.link('unmasked', page.exchangeId)}>
          {t('traffic.view.download', { side: t(`traffic.view.${which}`) })}
        </a>
      </div>
      {side.body === '' ? (
        <p className="muted">{t('traffic.view.noBody')}</p>
      ) : shown === 'image' && content.image !== null ? (
        <img
          className="side-image"
          alt={t('traffic.view.image')}
          src={`data:${content.image.type};base64,${content.image.base64}`}
        />
      ) : (
        <pre className="side-body" tabIndex={0}>
          {shown === 'pretty'
            ? pretty
            : shown === 'unpacked'
              ? content.text
              : shown === 'raw'
                ? side.body
                : hexDump(bytesOf(side))}
        </pre>
      )}
      {side.trailers === '' ? null : (
        <div>
          <strong>{t('traffic.view.trailers')}</strong>
          <Headers headers={splitHead(`\r\n${side.trailers}`).headers} />
        </div>
      )}
      {side.cut ? (
        <p className="muted">
          <Icon name="info" size={14} /> {t(side.binary ? 'traffic.view.cutHex' : 'traffic.view.cut')}
        </p>
      ) : null}
    </div>
  )
}

function Headers({ headers }: { headers: readonly Header[] }): ReactNode {
  if (headers.length === 0) return null
  return (
    <dl className="side-headers mono">
      {headers.map(({ name, value }, at) => (
        <div key={`${at} ${name}`}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
