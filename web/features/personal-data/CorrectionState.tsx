import type { CorrectionView } from '@zhongheng/contracts/http/corrections.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Moment } from '../../ui/Moment.tsx'

const tones = { asked: 'warn', granted: 'ok', refused: 'bad', withdrawn: '' } as const

/** Where a request stands; while it waits, until when it is to be answered. */
export function CorrectionState({ correction }: { correction: CorrectionView }): ReactNode {
  const { t } = useTranslation()
  const { state, dueAt, overdue, decidedAt } = correction
  return (
    <span>
      <span className={`tag ${tones[state]}`}>{t(`corrections.states.${state}`)}</span>{' '}
      <span className="muted">
        {state === 'asked' ? (
          <>
            {t(overdue ? 'corrections.overdue' : 'corrections.due')} <Moment at={dueAt} day />
          </>
        ) : decidedAt === null ? null : (
          <Moment at={decidedAt} />
        )}
      </span>
    </span>
  )
}
