import { Link, getRouteApi } from '@tanstack/react-router'
import type { CoverageView } from '@zhongheng/contracts/http/traffic.ts'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from 'antd'
import { useApi } from '../../api/hooks.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import './traffic.css'

const route = getRouteApi('/shell/engagements/$engagementId/coverage')
const placesAtOnce = 50

/** Which lines of the scope were exercised, by whom, and where. */
export default function CoveragePage(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = route.useParams()
  const found = useApi('GET /api/engagements/:engagementId/coverage', { params: { engagementId } })
  return (
    <section className="coverage">
      <Link to="/engagements/$engagementId/traffic" params={{ engagementId }} className="exchange-back">
        <Icon name="back" size={16} /> {t('traffic.view.back')}
      </Link>
      <h2>{t('traffic.coverage.title')}</h2>
      <p className="muted">{t('traffic.coverage.about')}</p>
      <Loaded query={found} lines={8}>
        {(map) =>
          map.objects.length === 0 ? (
            <EmptyState icon="target" title={t('traffic.coverage.none')} why={t('traffic.coverage.noneWhy')} />
          ) : (
            <Covered map={map} engagementId={engagementId} />
          )
        }
      </Loaded>
    </section>
  )
}

function Covered({ map, engagementId }: { map: CoverageView; engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const nameOf = (testerId: string): string => map.testers.find((one) => one.testerId === testerId)?.name ?? ''
  const judged = map.objects.filter(({ enforced }) => enforced)
  const outside = map.places.filter(({ rowId }) => rowId === null)
  return (
    <>
      <p className="coverage-sum">
        <strong>
          {t('traffic.coverage.sum', { done: judged.filter(({ passed }) => passed > 0).length, all: judged.length })}
        </strong>
        {map.more ? <span className="tag warn">{t('traffic.coverage.more')}</span> : null}
      </p>
      {map.objects.map((object) => (
        <details key={object.rowId} className="coverage-object" open={object.passed > 0 && map.objects.length <= 4}>
          <summary>
            <span className={object.passed > 0 ? 'tag ok' : object.enforced ? 'tag warn' : 'tag'}>
              {t(
                object.passed > 0
                  ? 'traffic.coverage.tried'
                  : object.enforced
                    ? 'traffic.coverage.untried'
                    : 'traffic.coverage.letterOnly',
              )}
            </span>
            <span className="mono break">{object.asset}</span>
            <span className="muted">
              {object.testers.map(({ testerId, passed }) => `${nameOf(testerId)} ${passed}`).join(' · ')}
            </span>
          </summary>
          <Places
            places={map.places.filter(({ rowId }) => rowId === object.rowId)}
            nameOf={nameOf}
            engagementId={engagementId}
          />
        </details>
      ))}
      {outside.length === 0 ? null : (
        <details className="coverage-object">
          <summary>
            <span className="tag bad">{t('traffic.coverage.outside')}</span>
            <span className="muted">{t('traffic.coverage.outsideAbout', { count: outside.length })}</span>
          </summary>
          <Places places={outside} nameOf={nameOf} engagementId={engagementId} />
        </details>
      )}
    </>
  )
}

function Places({
  places,
  nameOf,
  engagementId,
}: {
  places: CoverageView['places']
  nameOf: (testerId: string) => string
  engagementId: string
}): ReactNode {
  const { t } = useTranslation()
  const [shown, setShown] = useState(placesAtOnce)
  if (places.length === 0) return <p className="muted">{t('traffic.coverage.nothing')}</p>
  return (
    <div className="coverage-places">
      <table>
        <thead>
          <tr>
            <th>{t('traffic.coverage.place')}</th>
            <th>{t('traffic.column.tester')}</th>
            <th className="number">{t('traffic.coverage.passed')}</th>
            <th className="number">{t('traffic.coverage.refused')}</th>
            <th>{t('traffic.coverage.last')}</th>
          </tr>
        </thead>
        <tbody>
          {places.slice(0, shown).map((place) => (
            <tr key={`${place.scheme} ${place.host} ${place.port} ${place.path} ${place.testerId}`}>
              <td className="mono break">
                <Link
                  to="/engagements/$engagementId/traffic"
                  params={{ engagementId }}
                  search={{
                    host: place.host,
                    testerId: place.testerId,
                    ...(place.path === '' || place.path.includes('{') ? {} : { path: place.path }),
                  }}
                >
                  {place.scheme}://{place.host}:{place.port}
                  {place.path}
                </Link>
              </td>
              <td>{nameOf(place.testerId)}</td>
              <td className="number">{place.passed}</td>
              <td className="number">{place.refused || ''}</td>
              <td>
                <Moment at={place.lastAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {places.length > shown ? (
        <Button size="small" type="text" onClick={() => setShown(shown + 4 * placesAtOnce)}>
          {t('traffic.coverage.showMore', { count: places.length - shown })}
        </Button>
      ) : null}
    </div>
  )
}
