import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { App, AutoComplete, Button, Form, Radio, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { GrowingText } from '../../ui/GrowingText.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { severities } from '../../ui/severities.ts'
import { type FindingState, type Severity, findingLooks } from '../../ui/states.ts'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { LikelyOriginals, useLikelyOriginals } from './LikelyOriginals.tsx'
import { useKeepFinding } from './use-finding.ts'

type Move = FindingPage['moves'][number]
type Outcome = 'not_reproducible' | 'still_there' | 'cannot_test'
type Given = {
  reason?: string
  reasonCode?: string
  cites?: string
  severity?: Severity
  duplicateOf?: string
  retestOutcome?: Outcome
}

const outcomes: readonly Outcome[] = ['not_reproducible', 'still_there', 'cannot_test']
const isState = (state: string): state is FindingState => Object.hasOwn(findingLooks, state)

/** One control for every decision on a finding; the chosen one shows only the fields it needs. */
export function ActionComposer({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { message } = App.useApp()
  const { replace } = useKeepFinding()
  const act = useAct('POST /api/engagements/:engagementId/findings/:findingId/moves')
  const [form] = Form.useForm<Given>()
  const [chosen, setChosen] = useState<string>()
  const severity = Form.useWatch('severity', form)
  const move = page.moves.find((one) => one.move === chosen && one.refused === null)

  useFormProblem(form, act.error)

  const choose = (next: Move): void => {
    setChosen(next.move)
    act.reset()
    form.resetFields()
    if (next.needs.includes('severity')) form.setFieldValue('severity', page.severity)
    const [only, ...others] = next.reasonCodes
    if (only && others.length === 0) form.setFieldValue('reasonCode', only.value)
  }
  const send = (values: Given): void => {
    if (!move) return
    const given = Object.fromEntries(
      Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
    ) as Given
    act.mutate(
      {
        params: { engagementId: page.engagementId, findingId: page.findingId },
        body: { ...given, move: move.move, version: page.version },
      },
      {
        onSuccess: (after) => {
          replace(after)
          setChosen(undefined)
          void message.success(t('findings.act.done', { move: say(move.title) }))
        },
      },
    )
  }
  const required = (label: string) => [{ required: true, message: t('form.required', { label }) }]
  const asDuplicate = page.moves.find((one) => one.move === 'mark_duplicate' && one.refused === null)
  return (
    <div className="composer">
      {asDuplicate ? (
        <LikelyOriginals
          page={page}
          onChoose={(findingId) => {
            choose(asDuplicate)
            form.setFieldValue('duplicateOf', findingId)
          }}
        />
      ) : null}
      <div className="composer-moves" role="radiogroup" aria-label={t('findings.act.choose')}>
        {page.moves.map((one) => (
          <label
            key={one.move}
            className={`composer-move ${one.move === chosen ? 'chosen' : ''} ${one.refused ? 'off' : ''}`}
          >
            <input
              type="radio"
              name="finding-move"
              value={one.move}
              checked={one.move === chosen}
              disabled={one.refused !== null}
              onChange={() => choose(one)}
            />
            <span>
              <strong>{say(one.title)}</strong>{' '}
              <span className="muted">
                {isState(one.to) ? t('findings.act.to', { state: t(`findingState.${one.to}`) }) : ''}
              </span>
              {one.refused ? (
                <span className="composer-why">
                  {t('findings.act.refused')}: {say(one.refused.why)}{' '}
                  <span className="tag mono">{one.refused.rule}</span>
                </span>
              ) : null}
            </span>
          </label>
        ))}
      </div>
      {move ? (
        <Form form={form} layout="vertical" requiredMark={false} onFinish={send} className="composer-form">
          {move.needs.includes('reasonCode') ? (
            <Form.Item
              name="reasonCode"
              label={t('findings.act.reasonCode')}
              rules={required(t('findings.act.reasonCode'))}
            >
              <Radio.Group options={move.reasonCodes.map(({ value, label }) => ({ value, label: say(label) }))} />
            </Form.Item>
          ) : null}
          {move.needs.includes('duplicateOf') ? (
            <Form.Item
              name="duplicateOf"
              label={t('findings.act.duplicateOf')}
              extra={t('findings.act.duplicateHint')}
              rules={required(t('findings.act.duplicateOf'))}
            >
              <OriginalSelect page={page} />
            </Form.Item>
          ) : null}
          {move.needs.includes('severity') ? (
            <Form.Item
              name="severity"
              label={t('findings.act.severity')}
              rules={required(t('findings.act.severity'))}
              extra={
                severity !== undefined && severity !== page.testerSeverity
                  ? t('findings.act.severityDiffers', { severity: t(`severity.${page.testerSeverity}`) })
                  : undefined
              }
            >
              <Radio.Group options={severities.map((value) => ({ value, label: <SeverityPill severity={value} /> }))} />
            </Form.Item>
          ) : null}
          {move.needs.includes('retestOutcome') ? (
            <Form.Item
              name="retestOutcome"
              label={t('findings.act.retestOutcome')}
              rules={required(t('findings.act.retestOutcome'))}
            >
              <Radio.Group options={outcomes.map((value) => ({ value, label: t(`findings.act.outcome.${value}`) }))} />
            </Form.Item>
          ) : null}
          {move.needs.includes('cites') ? (
            <Form.Item
              name="cites"
              label={t('findings.act.cites')}
              extra={t('findings.act.citesHint')}
              rules={required(t('findings.act.cites'))}
            >
              <AutoComplete
                options={citable(page, t('findings.side.scope')).map((value) => ({ value }))}
                maxLength={300}
                showSearch={{ filterOption: true }}
              />
            </Form.Item>
          ) : null}
          {move.needs.includes('reason') ? (
            <Form.Item
              name="reason"
              label={t('findings.act.reason')}
              extra={t('findings.act.reasonHint')}
              rules={[
                ...required(t('findings.act.reason')),
                { min: 10, max: 4000, message: t('findings.act.reasonHint') },
              ]}
              validateTrigger="onBlur"
            >
              <GrowingText rows={3} maxLength={4000} />
            </Form.Item>
          ) : null}
          <div className="stack">
            <ProblemAlert problem={act.error} />
            <div className="button-row">
              <Button type="primary" htmlType="submit" loading={act.isPending}>
                {t('findings.act.submit', { move: say(move.title) })}
              </Button>
              <Button onClick={() => setChosen(undefined)}>{t('action.cancel')}</Button>
            </div>
          </div>
        </Form>
      ) : null}
    </div>
  )
}

/** What a decision usually rests on, offered and not imposed: the scope, and each cited exchange. */
const citable = (page: FindingPage, scopeWord: string): string[] => [
  `${scopeWord} v${page.scopeNumber} · ${page.asset}`,
  ...page.evidence.slice(0, 10).map((one) => `${one.method} ${one.host}${one.path} (${one.exchangeId})`.slice(0, 300)),
]

function OriginalSelect({
  page,
  value,
  onChange,
}: {
  page: FindingPage
  value?: string
  onChange?: (value: string) => void
}): ReactNode {
  const { t } = useTranslation()
  const others = useApi('GET /api/findings', { query: { engagementId: page.engagementId, view: 'all', limit: 200 } })
  // The likely ones first; with those, one that is too old for the list has its name, too.
  const likely = useLikelyOriginals(page)
  const options = [
    ...likely,
    ...(others.data?.findings ?? []).filter(
      ({ findingId }) => !likely.some((one) => one.findingId === findingId) && findingId !== page.findingId,
    ),
  ]
    .filter((row) => row.submittedAt <= page.submittedAt)
    .map((row) => ({ value: row.findingId, label: `${row.number} ${row.title}` }))
  return (
    <Select
      {...(value === undefined ? {} : { value })}
      {...(onChange ? { onChange } : {})}
      loading={others.isPending}
      showSearch={{ optionFilterProp: 'label' }}
      placeholder={t('form.choose')}
      options={options}
      aria-label={t('findings.act.duplicateOf')}
    />
  )
}
