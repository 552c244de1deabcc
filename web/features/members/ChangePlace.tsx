import { Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../../api/problem.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { PlaceSelect } from '../../ui/fields/PlaceSelect.tsx'

/** Asks where somebody is and says what follows from it. @param ofMember may be left open: where the organisation is */
export function ChangePlace({
  name,
  now,
  ofMember,
  problem,
  pending,
  onSave,
  onClose,
}: {
  name: string
  now: string | null
  ofMember: boolean
  problem: ApiProblem | null
  pending: boolean
  onSave: (code: string | null) => void
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const [code, setCode] = useState(now)
  return (
    <Modal
      open
      title={t('people.places.title', { name })}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: code === null && !ofMember }}
      confirmLoading={pending}
      onCancel={onClose}
      onOk={() => onSave(code)}
    >
      <div className="stack">
        <label className="stack-tight">
          <span>{t('people.places.place')}</span>
          <PlaceSelect
            value={code}
            onChange={setCode}
            clearable={ofMember}
            placeholder={t(ofMember ? 'people.places.asHouse' : 'people.places.choose')}
          />
        </label>
        <Notice tone="info">{t('people.places.follows')}</Notice>
        <ProblemAlert problem={problem} />
      </div>
    </Modal>
  )
}
