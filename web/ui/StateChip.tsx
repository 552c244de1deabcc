import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from './Icon.tsx'
import { type EngagementState, type FindingState, engagementLooks, findingLooks } from './states.ts'
import './ui.css'

/** State of an engagement or of a finding: text, colour and icon. */
export function StateChip(props: { engagement: EngagementState } | { finding: FindingState }): ReactNode {
  const { t } = useTranslation()
  const look = 'engagement' in props ? engagementLooks[props.engagement] : findingLooks[props.finding]
  return (
    <span className={`chip state-${look.tone}`}>
      <Icon name={look.icon} size={13} />
      {'engagement' in props ? t(`engagementState.${props.engagement}`) : t(`findingState.${props.finding}`)}
    </span>
  )
}
