import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'

/** What this browser must show when it comes back; kept for this tab alone. */
export const secretKey = 'zh-oidc-secret'

/** Sends the browser to the provider of a house. */
export function HouseButton({ house }: { house: string }): ReactNode {
  const { t } = useTranslation()
  const begin = useAct('POST /api/sign-in/oidc', { quiet: true })
  return (
    <>
      <PlainProblem problem={begin.error} />
      <button
        type="button"
        className="plain-button"
        disabled={begin.isPending}
        onClick={() =>
          begin.mutate(
            { body: { house } },
            {
              onSuccess: ({ url, secret }) => {
                sessionStorage.setItem(secretKey, secret)
                location.assign(url)
              },
            },
          )
        }
      >
        {t('account.signIn.house')}
      </button>
    </>
  )
}
