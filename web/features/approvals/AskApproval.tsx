import { Link } from '@tanstack/react-router'
import type { TwoPersonAct } from '@zhongheng/contracts/http/approvals.ts'
import { Button, Input } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ApiProblem } from '../../api/problem.ts'
import { Notice } from '../../ui/Notice.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

const limits = { min: 10, max: 2000 }

/** Asks a second person to let exactly this act pass. */
export function AskApproval({ act }: { act: TwoPersonAct }): ReactNode {
  const { t } = useTranslation()
  const [purpose, setPurpose] = useState('')
  const ask = useAct('POST /api/approvals')
  if (ask.data)
    return (
      <Notice tone="ok" title={t('approvals.asked')}>
        <p>
          {t('approvals.askedNext')} <Link to="/approvals">{t('approvals.title')}</Link>
        </p>
      </Notice>
    )
  return (
    <Notice tone="info" title={t('approvals.needed')}>
      <div className="stack-tight">
        <p>{t('approvals.neededText')}</p>
        <label className="stack-tight">
          <span>{t('approvals.purpose')}</span>
          <Input.TextArea
            rows={3}
            maxLength={limits.max}
            value={purpose}
            onChange={(event) => setPurpose(event.target.value)}
          />
        </label>
        <p className="muted">{t('approvals.purposeLimit', limits)}</p>
        <ProblemAlert problem={ask.error} />
        <div className="button-row">
          <Button
            type="primary"
            disabled={purpose.trim().length < limits.min}
            loading={ask.isPending}
            onClick={() => ask.mutate({ body: { act, purpose: purpose.trim() } })}
          >
            {t('approvals.ask')}
          </Button>
        </div>
      </div>
    </Notice>
  )
}

/** A refusal of an act; where a second person is all that it lacks, the way to ask one. */
export function RefusalOrApproval({ problem, act }: { problem: Error | null; act: TwoPersonAct }): ReactNode {
  if (problem instanceof ApiProblem && problem.rule === 'TWO-1')
    return <AskApproval key={JSON.stringify(act)} act={act} />
  return <ProblemAlert problem={problem} />
}
