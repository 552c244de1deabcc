import type { SignedIn } from '@zhongheng/contracts/http/account.ts'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { AntdFrame } from '../../app/AntdFrame.tsx'
import { AddPasskey } from '../account/AddPasskey.tsx'
import { EnrolCode } from '../account/EnrolCode.tsx'
import { RecoveryCodes } from '../account/RecoveryCodes.tsx'
import '../../ui/ui.css'

type Done = { recoveryCodes: string[] | null; waitsFor: SignedIn['waitsFor'] }

/** The first sign-in of somebody whose post needs a second factor: nothing else opens before one is there. */
export default function EnrolmentStep({
  passkeys,
  onDone,
  onBack,
}: {
  passkeys: boolean
  onDone: (waitsFor: SignedIn['waitsFor']) => void
  onBack: () => void
}): ReactNode {
  const { t } = useTranslation()
  const leave = useAct('POST /api/sign-out', { quiet: true })
  const [done, setDone] = useState<Done | null>(null)
  const [way, setWay] = useState<'passkey' | 'code'>(passkeys ? 'passkey' : 'code')
  return (
    <AntdFrame>
      <div className="plain-form">
        {done ? (
          <RecoveryCodes codes={done.recoveryCodes ?? []} onKept={() => onDone(done.waitsFor)} />
        ) : (
          <>
            <p className="plain-intro">{t('account.enrolment.intro')}</p>
            {way === 'passkey' ? <AddPasskey onAdded={setDone} /> : <EnrolCode onEnrolled={setDone} />}
            <div className="plain-asides">
              {passkeys ? (
                <button
                  type="button"
                  className="plain-aside"
                  onClick={() => setWay(way === 'passkey' ? 'code' : 'passkey')}
                >
                  {way === 'passkey' ? t('account.enrolment.useCode') : t('account.enrolment.usePasskey')}
                </button>
              ) : null}
              <button type="button" className="plain-aside" onClick={() => leave.mutate({}, { onSettled: onBack })}>
                {t('account.secondFactor.back')}
              </button>
            </div>
          </>
        )}
      </div>
    </AntdFrame>
  )
}
