import type { SignedIn } from '@zhongheng/contracts/http/account.ts'
import { useQueryClient } from '@tanstack/react-query'
import { Link, getRouteApi, useRouter } from '@tanstack/react-router'
import { type ReactNode, Suspense, lazy, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { PlainPage } from '../../ui/plain/PlainPage.tsx'
import { FirstStep } from './FirstStep.tsx'
import { NewPasswordStep } from './NewPasswordStep.tsx'
import { SecondFactorStep } from './SecondFactorStep.tsx'
import { ownPath } from './own-path.ts'

const route = getRouteApi('/sign-in')
/** It draws a QR code with the component library, which nobody else on this page needs. */
const EnrolmentStep = lazy(() => import('./EnrolmentStep.tsx'))

/** Signing in, step by step: what a login that was begun waits for decides which step shows, also after a reload. */
export default function SignInPage(): ReactNode {
  const { t } = useTranslation()
  const { to, house } = route.useSearch()
  const router = useRouter()
  const queries = useQueryClient()
  const state = useApi('GET /api/sign-in')
  const [step, setStep] = useState<SignedIn['waitsFor'] | 'first' | undefined>()

  const enter = (): void => {
    queries.clear()
    router.history.push(ownPath(to))
  }
  const next = (done: SignedIn): void => {
    if (done.waitsFor === null) return enter()
    setStep(done.waitsFor)
    void state.refetch()
  }
  const shown = step ?? state.data?.waitsFor ?? 'first'
  const titles = {
    first: t('people.signIn.title'),
    second_factor: t('account.secondFactor.title'),
    enrolment: t('account.enrolment.title'),
    new_password: t('account.newPassword.title'),
  }
  return (
    <PlainPage
      title={titles[shown]}
      wide={shown === 'enrolment'}
      foot={
        <Link to="/check" search={{}}>
          {t('people.signIn.check')}
        </Link>
      }
    >
      {shown === 'first' ? (
        <FirstStep passkeys={state.data?.passkeys ?? false} again={to !== undefined} house={house} onDone={next} />
      ) : shown === 'second_factor' ? (
        <SecondFactorStep factors={state.data?.factors ?? []} onDone={next} onBack={() => setStep('first')} />
      ) : shown === 'enrolment' ? (
        <Suspense fallback={null}>
          <EnrolmentStep
            passkeys={state.data?.passkeys ?? false}
            onDone={(waitsFor) => next({ waitsFor, me: null })}
            onBack={() => setStep('first')}
          />
        </Suspense>
      ) : (
        <NewPasswordStep onDone={enter} />
      )}
    </PlainPage>
  )
}
