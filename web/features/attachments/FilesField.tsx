import { attachmentLimits } from '@zhongheng/contracts/records/attachment-limits.ts'
import type { AttachmentView } from '@zhongheng/contracts/http/attachments.ts'
import { Button, Progress } from 'antd'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { call } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { sendFile } from '../../api/send-file.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { sizeText } from '../traffic/bodies.ts'
import './attachments.css'

type Sending = { readonly key: number; readonly name: string; readonly share: number; readonly stop: AbortController }

/**
 * Files for a finding or a comment: chosen, dropped on the field or pasted. Each is sent at once and can be cancelled; what the server
 * refuses stands below with its reason.
 */
export function FilesField({
  engagementId,
  most,
  value = [],
  onChange,
  onBusy,
}: {
  engagementId: string
  most: number
  value?: readonly AttachmentView[]
  onChange?: (files: readonly AttachmentView[]) => void
  /** While files are on their way nothing should be submitted. */
  onBusy?: (busy: boolean) => void
}): ReactNode {
  const { t } = useTranslation()
  const picker = useRef<HTMLInputElement>(null)
  const number = useRef(0)
  const [sending, setSending] = useState<readonly Sending[]>([])
  const [left, setLeft] = useState(0)
  const [refused, setRefused] = useState<
    readonly { readonly key: number; readonly name: string; readonly why: ApiProblem | string }[]
  >([])
  const [over, setOver] = useState(false)
  // Several files end at different moments: each adds itself to what is there then.
  const chosen = useRef(value)
  useEffect(() => {
    chosen.current = value
  }, [value])
  const busy = sending.length > 0
  useEffect(() => onBusy?.(busy), [busy, onBusy])
  const change = (files: readonly AttachmentView[]): void => {
    chosen.current = files
    onChange?.(files)
  }
  const send = async (file: File): Promise<void> => {
    const key = ++number.current
    const stop = new AbortController()
    setSending((all) => [...all, { key, name: file.name, share: 0, stop }])
    try {
      const kept = await sendFile(
        engagementId,
        file,
        (share) => setSending((all) => all.map((one) => (one.key === key ? { ...one, share } : one))),
        stop.signal,
      )
      change([...chosen.current, kept])
    } catch (error) {
      if (!(error instanceof DOMException))
        setRefused((all) => [...all, { key, name: file.name, why: error as ApiProblem }])
    } finally {
      setSending((all) => all.filter((one) => one.key !== key))
    }
  }
  const take = (files: Iterable<File>): void => {
    setRefused([])
    const wanted = [...files]
    const room = Math.max(0, most - chosen.current.length - sending.length)
    setLeft(Math.max(0, wanted.length - room))
    for (const file of wanted.slice(0, room)) {
      const why = faultOf(file)
      if (why === null) void send(file)
      else setRefused((all) => [...all, { key: ++number.current, name: file.name, why }])
    }
  }
  /** What need not be asked of the server. */
  const faultOf = ({ size }: File): string | null =>
    size === 0
      ? t('attachments.empty')
      : size > attachmentLimits.bytes
        ? t('attachments.tooLarge', { size: sizeText(size), most: sizeText(attachmentLimits.bytes) })
        : null
  const drop = (file: AttachmentView): void => {
    change(chosen.current.filter(({ attachmentId }) => attachmentId !== file.attachmentId))
    // One that stays is removed by the platform after a day.
    call('DELETE /api/engagements/:engagementId/attachments/:attachmentId', {
      params: { engagementId, attachmentId: file.attachmentId },
    }).catch(() => undefined)
  }
  const full = value.length + sending.length >= most
  return (
    <div
      className={over ? 'files over' : 'files'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        take(event.dataTransfer.files)
      }}
      onPaste={(event) => {
        if (event.clipboardData.files.length === 0) return
        event.preventDefault()
        take(event.clipboardData.files)
      }}
    >
      <input
        ref={picker}
        type="file"
        className="files-picker"
        multiple
        tabIndex={-1}
        aria-label={t('attachments.choose')}
        onChange={(event) => {
          take(event.target.files ?? [])
          event.target.value = ''
        }}
      />
      <div className="files-top">
        <Button disabled={full} onClick={() => picker.current?.click()}>
          {t('attachments.choose')}
        </Button>
        <span className="muted">
          {t('attachments.hint', {
            most,
            size: sizeText(attachmentLimits.bytes),
            all: sizeText(attachmentLimits.ofPersonBytes),
          })}
        </span>
      </div>
      {value.length + sending.length > 0 ? (
        <ul className="files-list">
          {value.map((file) => (
            <li key={file.attachmentId}>
              <span className="files-name break">{file.name}</span>
              <span className="muted">
                {t(`attachments.kinds.${file.kind}`)} · {sizeText(file.size)}
              </span>
              <Button size="small" onClick={() => drop(file)}>
                {t('attachments.drop')}
              </Button>
            </li>
          ))}
          {sending.map(({ key, name, share, stop }) => (
            <li key={key}>
              <span className="files-name break">{name}</span>
              {share < 1 ? (
                <Progress percent={Math.round(share * 100)} size="small" aria-label={name} />
              ) : (
                <span className="muted" role="status">
                  {t('attachments.examining')}
                </span>
              )}
              <Button size="small" onClick={() => stop.abort()}>
                {t('action.cancel')}
              </Button>
            </li>
          ))}
        </ul>
      ) : null}
      {left > 0 ? <Notice tone="warn">{t('attachments.tooMany', { most, left })}</Notice> : null}
      {refused.map(({ key, name, why }) => (
        <div key={key} className="files-refused">
          <p className="break">{name}</p>
          {typeof why === 'string' ? <Notice tone="bad">{why}</Notice> : <ProblemAlert problem={why} />}
        </div>
      ))}
    </div>
  )
}
