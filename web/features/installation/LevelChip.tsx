import type { PartView } from '@zhongheng/contracts/http/installation.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui/Icon.tsx'

const looks = {
  ok: { tone: 'state-good', icon: 'checkCircle' },
  warning: { tone: 'state-triaged', icon: 'warning' },
  fault: { tone: 'state-bad', icon: 'crossCircle' },
} as const

/** Ok, warning or fault: by colour, icon and word. */
export function LevelChip({ level }: { level: PartView['level'] }): ReactNode {
  const { t } = useTranslation()
  const { tone, icon } = looks[level]
  return (
    <span className={`chip ${tone}`}>
      <Icon name={icon} size={13} />
      {t(`installation.levels.${level}`)}
    </span>
  )
}
