import type { WitnessView } from '@zhongheng/contracts/http/witnesses.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon, type IconName } from '../../ui/Icon.tsx'
import type { StateTone } from '../../ui/states.ts'

const looks: Record<WitnessView['state'], { tone: StateTone; icon: IconName }> = {
  waiting: { tone: 'pending', icon: 'clock' },
  good: { tone: 'good', icon: 'checkCircle' },
  late: { tone: 'retest', icon: 'warning' },
  disagrees: { tone: 'bad', icon: 'stop' },
  removed: { tone: 'plain', icon: 'close' },
}

/** State of a witness: text, colour and icon. */
export function WitnessChip({ state }: { state: WitnessView['state'] }): ReactNode {
  const { t } = useTranslation()
  return (
    <span className={`chip state-${looks[state].tone}`}>
      <Icon name={looks[state].icon} size={13} />
      {t(`witnesses.states.${state}`)}
    </span>
  )
}
