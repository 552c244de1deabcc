import { Input, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { PlaceSelect } from '../../ui/fields/PlaceSelect.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

/** Takes the two lines that a witness printed when it was set up. */
export function RegisterWitness({ onClose }: { onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const [text, setText] = useState('')
  const [place, setPlace] = useState('')
  const act = useAct('POST /api/ledger/witnesses')
  return (
    <Modal
      open
      title={t('witnesses.register')}
      okText={t('witnesses.register')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: text.trim() === '' || place === '' }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() => act.mutate({ body: { registration: text.trim(), jurisdiction: place } }, { onSuccess: onClose })}
    >
      <div className="stack">
        <p>{t('witnesses.registerText')}</p>
        <label className="stack-tight">
          <span>{t('witnesses.registration')}</span>
          <Input.TextArea
            className="mono"
            rows={5}
            maxLength={600}
            value={text}
            autoFocus
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p className="muted">{t('witnesses.registrationHint')}</p>
        <label className="stack-tight">
          <span>{t('people.places.place')}</span>
          <PlaceSelect
            value={place || null}
            onChange={(code) => setPlace(code ?? '')}
            placeholder={t('people.places.choose')}
          />
        </label>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}
