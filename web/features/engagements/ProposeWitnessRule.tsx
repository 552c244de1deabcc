import type { WitnessRulePage } from '@zhongheng/contracts/http/witnesses.ts'
import { Checkbox, InputNumber, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

/** Which witnesses, and how many of them. */
export function ProposeWitnessRule({
  engagementId,
  page,
  onClose,
}: {
  engagementId: string
  page: WitnessRulePage
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const start = page.proposed ?? page.inForce
  const known = page.candidates.map((one) => one.witnessId)
  const [chosen, setChosen] = useState<readonly string[]>(
    start ? start.witnesses.map((one) => one.witnessId).filter((id) => known.includes(id)) : known,
  )
  const [wanted, setWanted] = useState(start?.needed ?? known.length)
  const needed = chosen.length === 0 ? 0 : Math.min(Math.max(1, wanted), chosen.length)
  const act = useAct('POST /api/engagements/:engagementId/witness-rule')
  return (
    <Modal
      open
      title={t('witnesses.rule.propose')}
      okText={t('witnesses.rule.send')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      okButtonProps={{ disabled: page.candidates.length === 0 && page.inForce === null }}
      onCancel={onClose}
      onOk={() =>
        act.mutate({ params: { engagementId }, body: { needed, witnessIds: [...chosen] } }, { onSuccess: onClose })
      }
    >
      <div className="stack">
        {page.candidates.length === 0 ? (
          <Notice tone="warn">{t('witnesses.rule.noCandidates')}</Notice>
        ) : (
          <>
            <fieldset className="witness-choice">
              <legend>{t('witnesses.rule.witnesses')}</legend>
              {page.candidates.map((one) => (
                <Checkbox
                  key={one.witnessId}
                  checked={chosen.includes(one.witnessId)}
                  onChange={(event) =>
                    setChosen(
                      event.target.checked ? [...chosen, one.witnessId] : chosen.filter((id) => id !== one.witnessId),
                    )
                  }
                >
                  <span className="break">{one.name}</span> <span className="quiet">{one.orgName}</span>
                </Checkbox>
              ))}
            </fieldset>
            <label className="stack-tight">
              <span>{t('witnesses.rule.needed')}</span>
              <InputNumber
                min={chosen.length === 0 ? 0 : 1}
                max={chosen.length}
                precision={0}
                value={needed}
                disabled={chosen.length === 0}
                onChange={(value) => setWanted(value ?? 1)}
              />
            </label>
            <p className="muted">{t('witnesses.rule.lift')}</p>
          </>
        )}
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}
