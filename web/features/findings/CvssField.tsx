import { useQuery } from '@tanstack/react-query'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button, Input } from 'antd'
import { type ReactNode, useEffect, useEffectEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import type { Severity } from '../../ui/states.ts'
import {
  baseMetricNames,
  baseMetrics,
  emptyVector,
  missingMetrics,
  readVector,
  vectorText,
  withMetric,
} from './cvss.ts'

/**
 * The base metrics as rows of buttons, with the score as the server works it out. Any vector may be pasted; one of
 * another version is scored all the same.
 */
export function CvssField({
  value = null,
  onChange,
  onScored,
}: {
  value?: string | null
  onChange?: (vector: string | null) => void
  onScored: (severity: Severity | null) => void
}): ReactNode {
  const { t } = useTranslation()
  /** What the field says now, complete or not; the form gets complete vectors only. */
  const [text, setText] = useState(value ?? '')
  const [sent, setSent] = useState(value)
  if (value !== sent) {
    setSent(value)
    setText(value ?? '')
  }
  const read = readVector(text)
  const other = text.trim() !== '' && read === null
  const missing = read ? missingMetrics(read) : []
  const complete = text.trim() !== '' && (other ? /^CVSS:\d\.\d\/.{8,}/.test(text.trim()) : missing.length === 0)
  const scored = useQuery<Reply<'POST /api/cvss'>, ApiProblem>({
    queryKey: ['POST /api/cvss', text.trim()],
    queryFn: ({ signal }) => callWith('POST /api/cvss', { body: { vector: text.trim() } }, { signal }),
    enabled: complete,
    staleTime: 'static',
  })
  const severity = complete ? (scored.data?.severity ?? null) : null
  const tell = useEffectEvent(onScored)
  useEffect(() => tell(severity), [severity])

  const put = (next: string): void => {
    setText(next)
    const nextRead = readVector(next)
    const whole = nextRead ? missingMetrics(nextRead).length === 0 : /^CVSS:\d\.\d\//.test(next.trim())
    const vector = whole ? next.trim() : null
    setSent(vector)
    onChange?.(vector)
  }
  const metricValue = (name: (typeof baseMetricNames)[number], letter: string): string =>
    (t as (key: string) => string)(`findings.cvss.metric.${name}.${letter}`)
  return (
    <div className="cvss">
      <div className="cvss-rows">
        {baseMetricNames.map((name) => (
          <div key={name} className="cvss-row">
            <span className="cvss-name" title={t(`findings.cvss.metric.${name}.hint`)}>
              {t(`findings.cvss.metric.${name}.name`)} <span className="mono muted">{name}</span>
            </span>
            <span className="cvss-values" role="group" aria-label={t(`findings.cvss.metric.${name}.name`)}>
              {baseMetrics[name].map((letter) => (
                <button
                  key={letter}
                  type="button"
                  aria-pressed={read?.base[name] === letter}
                  title={t(`findings.cvss.metric.${name}.hint`)}
                  onClick={() => put(vectorText(withMetric(read ?? emptyVector, name, letter)))}
                >
                  {metricValue(name, letter)}
                </button>
              ))}
            </span>
          </div>
        ))}
      </div>
      <div className="cvss-vector">
        <Input
          aria-label={t('findings.cvss.paste')}
          placeholder={t('findings.cvss.paste')}
          className="mono"
          maxLength={300}
          value={text}
          onChange={(event) => put(event.target.value)}
        />
        {text === '' ? null : (
          <>
            <CopyButton text={text} />
            <Button size="small" type="text" onClick={() => put('')}>
              {t('findings.cvss.clear')}
            </Button>
          </>
        )}
      </div>
      <div className="cvss-score" aria-live="polite">
        {complete && scored.data ? (
          <>
            <span className="muted">
              {t('findings.cvss.score')} CVSS {scored.data.version}
            </span>
            <strong>{scored.data.score.toFixed(1)}</strong>
            <SeverityPill severity={scored.data.severity} />
          </>
        ) : null}
        {read && missing.length > 0 && missing.length < baseMetricNames.length ? (
          <span className="muted">
            {t('findings.cvss.missing', {
              names: missing.map((name) => t(`findings.cvss.metric.${name}.name`)).join(' · '),
            })}
          </span>
        ) : null}
        {other ? <span className="muted">{t('findings.cvss.other')}</span> : null}
      </div>
      {complete ? <ProblemAlert problem={scored.error} /> : null}
    </div>
  )
}
