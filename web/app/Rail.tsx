import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Icon } from '../ui/Icon.tsx'
import mark from './mark.svg'
import { railItems } from './rail.ts'
import { useMe } from './session.ts'

export function Rail(): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  return (
    <nav className="rail-inside" aria-label={t('frame.navigation')}>
      <Link to="/" className="brand rail-brand">
        <img src={mark} alt="" />
        {t('product')}
      </Link>
      <ul className="rail-list">
        {railItems
          .filter((item) => item.shows(me))
          .map((item) => (
            <li key={item.to}>
              <Link
                to={item.to}
                search={{}}
                activeOptions={{ exact: item.to === '/', includeSearch: false }}
                className="rail-link"
              >
                <Icon name={item.icon} />
                {t(item.label) as string}
              </Link>
            </li>
          ))}
      </ul>
      <div className="rail-org">
        <span className="rail-role">{t(`role.${me.orgKind}`)}</span>
        <span>{me.orgName}</span>
        {me.demo ? <span className="rail-demo">{t('frame.demo')}</span> : null}
      </div>
    </nav>
  )
}
