import { useQueryClient } from '@tanstack/react-query'
import { Link, getRouteApi, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { PlainPage } from '../../ui/plain/PlainPage.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'
import { secretKey } from './HouseButton.tsx'

const route = getRouteApi('/sign-in/return')

/** The provider sends the browser here. Only the browser that began can end it: reading this address writes nothing. */
export default function ReturnPage(): ReactNode {
  const { t } = useTranslation()
  const { code, state, iss } = route.useSearch()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const act = useAct('POST /api/sign-in/oidc/return', { quiet: true })
  const begun = useRef(false)
  const [secret] = useState(() => sessionStorage.getItem(secretKey))
  const { mutate } = act
  const broken = code === undefined || state === undefined || secret === null
  useEffect(() => {
    if (broken || begun.current) return
    begun.current = true
    sessionStorage.removeItem(secretKey)
    mutate(
      { body: { code, state, secret, ...(iss === undefined ? {} : { iss }) } },
      {
        onSuccess: ({ waitsFor }) => {
          queries.clear()
          void navigate({ to: waitsFor === null ? '/' : '/sign-in', replace: true })
        },
      },
    )
  }, [broken, code, state, iss, secret, mutate, navigate, queries])
  return (
    <PlainPage title={t('account.comingBack.title')}>
      <div className="plain-form">
        <PlainProblem problem={act.error} />
        {broken ? <div className="plain-alert note">{t('account.comingBack.broken')}</div> : null}
        {!broken && !act.error ? <p className="plain-intro">{t('account.comingBack.wait')}</p> : null}
        {broken || act.error ? (
          <Link to="/sign-in" search={{}} className="plain-button second">
            {t('people.setup.toSignIn')}
          </Link>
        ) : null}
      </div>
    </PlainPage>
  )
}
