import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../../ui/Icon.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { type EngagementState, placeOnRoad, road } from '../../ui/states.ts'

/** The three phases of the service with every state on the way, and where the engagement stands. */
export function PhaseRoad({ state }: { state: EngagementState }): ReactNode {
  const { t } = useTranslation()
  const place = placeOnRoad(state)
  const order = road.flatMap(({ states }) => states)
  if (place === null) {
    return (
      <Panel title={t('engagement.overview.progress')}>
        <p className="quiet">{t('engagement.overview.ended', { state: t(`engagementState.${state}`) })}</p>
      </Panel>
    )
  }
  return (
    <Panel title={t('engagement.overview.progress')}>
      <div className="road">
        {road.map(({ phase, states }) => (
          <div key={phase} className={states.some((one) => order[place] === one) ? 'road-phase current' : 'road-phase'}>
            <h3>
              {/* A narrow screen has the steps of the present phase only. */}
              {states.every((one) => order.indexOf(one) < place) ? <Icon name="check" size={13} /> : null}
              {t(`phase.${phase}`)}
            </h3>
            <ol className="road-steps">
              {states.map((one) => {
                const at = order.indexOf(one)
                const here = at === place
                const side = here && one !== state
                return (
                  <li
                    key={one}
                    className={`${at < place || (here && state === 'closed') ? 'passed' : ''}${here ? ' here' : ''}${side ? ' trouble' : ''}`}
                    {...(here ? { 'aria-current': 'step' as const } : {})}
                  >
                    {t(`engagementState.${side ? state : one}`)}
                    {at < place ? <span className="hidden-visually">{t('engagement.overview.passed')}</span> : null}
                  </li>
                )
              })}
            </ol>
          </div>
        ))}
      </div>
    </Panel>
  )
}
