import { getRouteApi, useNavigate } from '@tanstack/react-router'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { Icon, type IconName } from '../../ui/Icon.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { PlainField } from '../../ui/plain/PlainField.tsx'
import { PlainPage } from '../../ui/plain/PlainPage.tsx'
import { PlainProblem } from '../../ui/plain/PlainProblem.tsx'

const route = getRouteApi('/check')
type Result = Reply<'POST /api/public/letter-checks'>

/** Only `valid` means that testing is permitted now; everything else must not look like it. */
const looks: Record<Result['state'], { tone: string; icon: IconName }> = {
  valid: { tone: 'good', icon: 'checkCircle' },
  not_yet: { tone: 'wait', icon: 'clock' },
  superseded: { tone: 'bad', icon: 'crossCircle' },
  revoked: { tone: 'bad', icon: 'crossCircle' },
  expired: { tone: 'bad', icon: 'crossCircle' },
  unknown: { tone: 'bad', icon: 'warning' },
}

export default function LetterCheckPage(): ReactNode {
  const { t } = useTranslation()
  const given = route.useSearch()
  const navigate = useNavigate()
  const act = useAct('POST /api/public/letter-checks', { quiet: true })
  const [number, setNumber] = useState(given.number ?? '')
  const [checkCode, setCheckCode] = useState(given.code ?? '')
  const { mutate } = act

  // The link and the QR code on a letter carry both, so opening it checks at once.
  useEffect(() => {
    if (given.number && given.code) mutate({ body: { number: given.number, checkCode: given.code } })
  }, [given.number, given.code, mutate])

  const submit = (): void => {
    if (given.number === number && given.code === checkCode) mutate({ body: { number, checkCode } })
    else void navigate({ to: '/check', search: { number, code: checkCode } })
  }
  return (
    <PlainPage title={t('people.letterCheck.title')} wide>
      <p className="plain-intro">{t('people.letterCheck.intro')}</p>
      <form
        className="plain-form"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <PlainProblem problem={act.error} />
        <PlainField
          label={t('people.letterCheck.number')}
          name="number"
          required
          minLength={4}
          maxLength={40}
          spellCheck={false}
          autoComplete="off"
          value={number}
          onChange={(event) => setNumber(event.target.value.trim())}
          problem={act.error}
        />
        <PlainField
          label={t('people.letterCheck.code')}
          name="checkCode"
          required
          minLength={4}
          maxLength={40}
          spellCheck={false}
          autoComplete="off"
          value={checkCode}
          onChange={(event) => setCheckCode(event.target.value.trim())}
          problem={act.error}
        />
        <button className="plain-button" type="submit" disabled={act.isPending}>
          {t('people.letterCheck.submit')}
        </button>
      </form>
      <div aria-live="polite">{act.data ? <ResultView result={act.data} at={act.submittedAt} /> : null}</div>
    </PlainPage>
  )
}

function ResultView({ result, at }: { result: Result; at: number }): ReactNode {
  const { t } = useTranslation()
  const look = looks[result.state]
  return (
    <>
      <div className={`plain-verdict ${look.tone}`}>
        <Icon name={look.icon} size={30} />
        <div>
          <strong>{t(`people.letterCheck.${result.state}`)}</strong>
          {t(`people.letterCheck.${result.state}Text`)}
        </div>
      </div>
      <dl className="plain-facts">
        <dt>{t('people.letterCheck.number')}</dt>
        <dd className="mono break">{result.number}</dd>
        {result.demandName === null ? null : (
          <>
            <dt>{t('people.letterCheck.demand')}</dt>
            <dd>{result.demandName}</dd>
          </>
        )}
        {result.organizerName === null ? null : (
          <>
            <dt>{t('people.letterCheck.organizer')}</dt>
            <dd>{result.organizerName}</dd>
          </>
        )}
        {result.opens === null || result.closes === null ? null : (
          <>
            <dt>{t('people.letterCheck.window')}</dt>
            <dd>
              <Moment at={result.opens} /> {t('time.until')} <Moment at={result.closes} />
            </dd>
          </>
        )}
        {result.scopeNumber === null ? null : (
          <>
            <dt>{t('people.letterCheck.scope')}</dt>
            <dd>{t('people.letterCheck.scopeNumber', { number: result.scopeNumber })}</dd>
          </>
        )}
        {result.sha256 === null ? null : (
          <>
            <dt>{t('people.letterCheck.files')}</dt>
            <dd>
              <div className="plain-hint">{t('people.letterCheck.filesHint')}</div>
              <div>
                PDF <code className="break">{result.sha256.pdf}</code>
              </div>
              <div>
                DOCX <code className="break">{result.sha256.docx}</code>
              </div>
            </dd>
          </>
        )}
        <dt>{t('people.letterCheck.checkedAt')}</dt>
        <dd>
          <Moment at={new Date(at).toISOString()} seconds />
        </dd>
      </dl>
    </>
  )
}
