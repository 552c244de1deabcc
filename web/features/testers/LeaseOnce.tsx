import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button, Modal, Tabs } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Notice } from '../../ui/Notice.tsx'

/** Proxy name and secret, shown this once, with the settings of usual tools. */
export function LeaseOnce({
  taken,
  engagementId,
  onClose,
}: {
  taken: Reply<'POST /api/engagements/:engagementId/leases'>
  engagementId: string
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const proxy = URL.parse(taken.proxyUrl)
  const settings = (text: string): ReactNode => (
    <div className="stack-tight">
      <p>{text}</p>
      <Secret label={t('testers.lease.host')} text={proxy?.hostname ?? ''} />
      <Secret label={t('testers.lease.port')} text={proxy?.port ?? ''} />
    </div>
  )
  return (
    <Modal
      open
      closable={false}
      mask={{ closable: false }}
      keyboard={false}
      width={640}
      title={t('testers.lease.title')}
      footer={
        <Button type="primary" onClick={onClose}>
          {t('testers.lease.kept')}
        </Button>
      }
    >
      <div className="stack">
        <Notice tone="warn" title={t('testers.lease.once')}>
          <p>{t('testers.lease.onceText')}</p>
        </Notice>
        <Secret label={t('testers.lease.proxyName')} text={taken.lease.proxyName} />
        <Secret label={t('testers.lease.secret')} text={taken.secret} />
        <Secret label={t('testers.lease.proxyUrl')} text={taken.proxyUrl} />
        <div>
          <p>
            <a href={addressOf('GET /api/engagements/:engagementId/ca.pem', { params: { engagementId } })} download>
              {t('testers.lease.ca')}
            </a>
          </p>
          <p className="muted">{t('testers.lease.caText')}</p>
        </div>
        <Tabs
          items={[
            { key: 'curl', label: 'curl', children: <Secret label="curl" text={taken.curlExample} /> },
            { key: 'burp', label: 'Burp Suite', children: settings(t('testers.lease.burp')) },
            { key: 'browser', label: 'Firefox / Chromium', children: settings(t('testers.lease.browser')) },
          ]}
        />
      </div>
    </Modal>
  )
}

function Secret({ label, text }: { label: string; text: string }): ReactNode {
  return (
    <div className="secret-line">
      <span className="muted">{label}</span>
      <div className="secret-box">
        <code>{text}</code>
        <CopyButton text={text} />
      </div>
    </div>
  )
}
