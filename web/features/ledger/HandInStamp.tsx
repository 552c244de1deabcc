import type { TimeStampView } from '@zhongheng/contracts/http/time-stamps.ts'
import { Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

/** Longest answer that the server reads. */
const most = 64 << 10

/** Takes the answer of an authority that somebody carried here as a file. */
export function HandInStamp({ stamp, onClose }: { stamp: TimeStampView; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const [chosen, setChosen] = useState<File | null>(null)
  const act = useAct('POST /api/ledger/time-stamps/:timeStampId/answer')
  const tooLarge = chosen !== null && chosen.size > most
  const send = async (file: File): Promise<void> => {
    const bytes = new Uint8Array(await file.arrayBuffer())
    let binary = ''
    for (const byte of bytes) binary += String.fromCharCode(byte)
    act.mutate({ params: { timeStampId: stamp.timeStampId }, body: { answer: btoa(binary) } }, { onSuccess: onClose })
  }
  return (
    <Modal
      open
      title={t('timeStamps.handInTitle', { size: stamp.size.toLocaleString(language) })}
      okText={t('timeStamps.handIn')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: chosen === null || chosen.size === 0 || tooLarge }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => {
        if (chosen !== null) void send(chosen)
      }}
    >
      <div className="stack">
        <p>{t('timeStamps.handInText')}</p>
        <label className="file-button">
          {chosen === null ? t('timeStamps.handIn') : chosen.name}
          <input
            type="file"
            accept=".tsr,application/timestamp-reply"
            onChange={(event) => {
              setChosen(event.target.files?.[0] ?? null)
              act.reset()
            }}
          />
        </label>
        {tooLarge ? <Notice tone="warn">{t('timeStamps.tooLarge')}</Notice> : null}
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}
