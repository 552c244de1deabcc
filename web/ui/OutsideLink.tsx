import { Modal } from 'antd'
import { type MouseEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'

/** A link that somebody wrote, leading out: the reader sees first which host it is, letter by letter (punycode), and then decides. */
export function OutsideLink({ href, children }: { href: string; children: ReactNode }): ReactNode {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  const target = new URL(href)
  const ask = (event: MouseEvent): void => {
    event.preventDefault()
    setAsking(true)
  }
  return (
    <>
      <a href={href} target="_blank" rel="noopener noreferrer nofollow ugc" onClick={ask} onAuxClick={ask}>
        {children}
      </a>
      <Modal
        open={asking}
        title={t('outside.title')}
        okText={t('outside.go')}
        cancelText={t('action.cancel')}
        okButtonProps={{ href, target: '_blank', rel: 'noopener noreferrer nofollow ugc' }}
        onOk={() => setAsking(false)}
        onCancel={() => setAsking(false)}
        destroyOnHidden
      >
        <div className="stack-tight">
          <p>
            <strong className="mono break">{target.host || target.pathname}</strong>
          </p>
          <p className="muted mono break">{target.href}</p>
          <p className="quiet">{t('outside.about')}</p>
        </div>
      </Modal>
    </>
  )
}
