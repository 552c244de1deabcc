import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { Credentials } from '../../ui/plain/Credentials.tsx'
import { useLinkToken } from '../../ui/plain/link-token.ts'
import { PlainPage } from '../../ui/plain/PlainPage.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'

export default function InvitationPage(): ReactNode {
  const { t } = useTranslation()
  const token = useLinkToken()
  const navigate = useNavigate()
  const queries = useQueryClient()
  const act = useAct('POST /api/invitations/acceptance', { quiet: true })
  const [credentials, setCredentials] = useState({ login: '', password: '', repeat: '' })
  const [differs, setDiffers] = useState(false)

  const submit = (given: string): void => {
    setDiffers(credentials.password !== credentials.repeat)
    if (credentials.password !== credentials.repeat) return
    act.mutate(
      { body: { token: given, login: credentials.login, password: credentials.password } },
      {
        onSuccess: (me) => {
          queries.clear()
          queries.setQueryData(['GET /api/me', {}], me)
          void navigate({ to: '/' })
        },
      },
    )
  }
  return (
    <PlainPage title={t('people.invitation.title')}>
      {token === null ? (
        <div className="plain-form">
          <div className="plain-alert note">{t('people.invitation.noToken')}</div>
        </div>
      ) : (
        <>
          <p className="plain-intro">{t('people.invitation.intro')}</p>
          <form
            className="plain-form"
            onSubmit={(event) => {
              event.preventDefault()
              submit(token)
            }}
          >
            <PlainProblem problem={act.error} />
            <Credentials values={credentials} onChange={setCredentials} problem={act.error} differs={differs} />
            <button className="plain-button" type="submit" disabled={act.isPending}>
              {t('people.invitation.submit')}
            </button>
          </form>
        </>
      )}
    </PlainPage>
  )
}
