import { home, jurisdictions } from '@zhongheng/contracts/http/jurisdictions.ts'
import { useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { placeName } from '../../ui/fields/place-name.ts'
import { Credentials } from '../../ui/plain/Credentials.tsx'
import { useLinkToken } from '../../ui/plain/link-token.ts'
import { PlainField } from '../../ui/plain/PlainField.tsx'
import { PlainPage } from '../../ui/plain/PlainPage.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'

export default function SetUpPage(): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const token = useLinkToken()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const setup = useApi('GET /api/setup')
  const act = useAct('POST /api/setup', { quiet: true })
  const [organisation, setOrganisation] = useState('')
  const [place, setPlace] = useState<string>(home)
  const [name, setName] = useState('')
  const [credentials, setCredentials] = useState({ login: '', password: '', repeat: '' })
  const [differs, setDiffers] = useState(false)

  const submit = (): void => {
    setDiffers(credentials.password !== credentials.repeat)
    if (credentials.password !== credentials.repeat || token === null) return
    act.mutate(
      {
        body: {
          token,
          organisation,
          jurisdiction: place,
          name,
          login: credentials.login,
          password: credentials.password,
        },
      },
      {
        onSuccess: (me) => {
          queries.clear()
          queries.setQueryData(['GET /api/me', {}], me)
          void navigate({ to: '/' })
        },
      },
    )
  }
  const closed =
    setup.data?.needed === false ? t('people.setup.already') : token === null ? t('people.setup.noToken') : null
  return (
    <PlainPage title={t('people.setup.title')}>
      {closed !== null ? (
        <div className="plain-form">
          <div className="plain-alert note">{closed}</div>
          <Link to="/sign-in" search={{}} className="plain-button second">
            {t('people.setup.toSignIn')}
          </Link>
        </div>
      ) : (
        <>
          <p className="plain-intro">{t('people.setup.intro')}</p>
          <form
            className="plain-form"
            onSubmit={(event) => {
              event.preventDefault()
              submit()
            }}
          >
            <PlainProblem problem={act.error} />
            <PlainField
              label={t('people.setup.organisation')}
              name="organisation"
              autoComplete="organization"
              required
              minLength={2}
              maxLength={100}
              value={organisation}
              onChange={(event) => setOrganisation(event.target.value)}
              problem={act.error}
            />
            <div className="plain-field">
              <label htmlFor="set-up-place">{t('people.places.place')}</label>
              <select id="set-up-place" value={place} onChange={(event) => setPlace(event.target.value)}>
                {jurisdictions.map((code) => (
                  <option key={code} value={code}>
                    {placeName(code, language)}
                  </option>
                ))}
              </select>
            </div>
            <PlainField
              label={t('people.setup.name')}
              name="name"
              autoComplete="name"
              required
              maxLength={60}
              value={name}
              onChange={(event) => setName(event.target.value)}
              problem={act.error}
            />
            <Credentials values={credentials} onChange={setCredentials} problem={act.error} differs={differs} />
            <button className="plain-button" type="submit" disabled={act.isPending}>
              {t('people.setup.submit')}
            </button>
          </form>
        </>
      )}
    </PlainPage>
  )
}
