import type { EnrollmentView, LeaseView, TesterView } from '@zhongheng/contracts/http/testers.ts'
import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui/Icon.tsx'

export function IdentityTag({ identity }: { identity: TesterView['identity'] }): ReactNode {
  const { t } = useTranslation()
  const tone = identity === 'verified' ? 'ok' : identity === 'refused' ? 'bad' : identity === 'asked' ? 'warn' : ''
  return (
    <span className={`tag ${tone}`}>
      {identity === 'verified' ? <Icon name="check" size={13} /> : null}
      {t(`testers.identity.${identity}`)}
    </span>
  )
}

export function GradeTag({ grade }: { grade: number }): ReactNode {
  const { t } = useTranslation()
  return grade === 0 ? (
    <span className="tag">{t('testers.noGrade')}</span>
  ) : (
    <span className="tag ok">{t('testers.gradeName', { grade })}</span>
  )
}

/** The server keeps `exam: note`; the kind is put into the reader's words. */
export function basisText(basis: string, t: TFunction): string {
  const found = /^(exam|history|certificate|interview): ?([\s\S]*)$/.exec(basis)
  if (!found) return basis
  return `${t(`testers.basis.${found[1] as 'exam'}`)} · ${found[2]}`
}

export function EnrollmentTag({ state }: { state: EnrollmentView['state'] }): ReactNode {
  const { t } = useTranslation()
  const tone = state === 'admitted' ? 'ok' : state === 'removed' || state === 'declined' ? 'bad' : 'warn'
  return <span className={`tag ${tone}`}>{t(`testers.people.enrollment.${state}`)}</span>
}

export function LeaseTag({ state }: { state: EnrollmentView['lease'] | LeaseView['state'] }): ReactNode {
  const { t } = useTranslation()
  const tone = state === 'active' ? 'ok' : state === 'suspended' ? 'warn' : state === 'revoked' ? 'bad' : ''
  return <span className={`tag ${tone}`}>{t(`testers.people.leaseState.${state}`)}</span>
}
