import type { TestRulesBody, TestRulesPage } from '@zhongheng/contracts/http/test-rules.ts'
import { Button, Checkbox, Input, InputNumber, Modal, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { signals } from './signals.ts'
import { draftOf, type LimitsDraft, limitsOf, noRules } from './rules-draft.ts'

const whose = ['lease', 'engagement', 'target'] as const
const payloads = ['write_sql', 'web_shell', 'destructive_command'] as const
const answers = ['alarm', 'slow', 'stop'] as const
const usualMethods = ['DELETE', 'PUT', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'MKCOL', 'MOVE']

/** A new version of the rules, beginning with the newest one that stands or waits. */
export function WriteTestRules({
  engagementId,
  page,
  onClose,
}: {
  engagementId: string
  page: TestRulesPage
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const start =
    page.versions.find(({ state }) => state === 'proposed')?.rules ??
    page.versions.find(({ state }) => state === 'in_force')?.rules ??
    noRules
  const [rules, setRules] = useState<TestRulesBody>(start)
  const [limits, setLimits] = useState(() => ({
    lease: draftOf(start.lease),
    engagement: draftOf(start.engagement),
    target: draftOf(start.target),
  }))
  const [targets, setTargets] = useState(() =>
    start.targets.map((one, key) => ({ key, host: one.host, limits: draftOf(one.limits) })),
  )
  const [reason, setReason] = useState('')
  const act = useAct('POST /api/engagements/:engagementId/test-rules')
  const change = (part: Partial<TestRulesBody>): void => setRules({ ...rules, ...part })
  const written = (): TestRulesBody => ({
    ...rules,
    lease: limitsOf(limits.lease),
    engagement: limitsOf(limits.engagement),
    target: limitsOf(limits.target),
    targets: targets.map((one) => ({ host: one.host, limits: limitsOf(one.limits) })),
  })
  return (
    <Modal
      open
      width={820}
      title={t('conduct.rules.form')}
      okText={t('conduct.rules.save')}
      cancelText={t('action.cancel')}
      okButtonProps={{ disabled: reason.trim().length < 5 }}
      confirmLoading={act.isPending}
      onCancel={onClose}
      onOk={() =>
        act.mutate(
          { params: { engagementId }, body: { rules: written(), reason, after: page.versions[0]?.number ?? 0 } },
          { onSuccess: onClose },
        )
      }
    >
      <div className="stack">
        <fieldset className="rules-part">
          <legend>{t('conduct.rules.rates')}</legend>
          {whose.map((who) => (
            <div key={who} className="rules-row">
              <strong>{t(`conduct.rules.who.${who}`)}</strong>
              <LimitFields value={limits[who]} onChange={(value) => setLimits({ ...limits, [who]: value })} />
            </div>
          ))}
        </fieldset>
        <fieldset className="rules-part">
          <legend>{t('conduct.rules.targets')}</legend>
          {targets.map((one, at) => (
            <div key={one.key} className="rules-row">
              <div className="rules-host">
                <Input
                  aria-label={t('conduct.rules.host')}
                  placeholder="api.example.com"
                  value={one.host}
                  onChange={(event) => setTargets(targets.with(at, { ...one, host: event.target.value }))}
                />
                <Button onClick={() => setTargets(targets.filter((other) => other !== one))}>
                  {t('conduct.rules.remove')}
                </Button>
              </div>
              <LimitFields
                value={one.limits}
                onChange={(value) => setTargets(targets.with(at, { ...one, limits: value }))}
              />
            </div>
          ))}
          <Button
            className="rules-add"
            onClick={() =>
              setTargets([
                ...targets,
                { key: Math.max(-1, ...targets.map((one) => one.key)) + 1, host: '', limits: draftOf({}) },
              ])
            }
          >
            {t('conduct.rules.addTarget')}
          </Button>
        </fieldset>
        <fieldset className="rules-part">
          <legend>{t('conduct.rules.quiet')}</legend>
          <QuietFields rules={rules} change={change} />
        </fieldset>
        <label className="stack-tight">
          <span>{t('conduct.rules.methods')}</span>
          <Select
            mode="tags"
            value={rules.forbiddenMethods}
            options={usualMethods.map((value) => ({ value }))}
            onChange={(forbiddenMethods: string[]) => change({ forbiddenMethods })}
          />
        </label>
        <fieldset className="rules-part">
          <legend>{t('conduct.rules.payloads')}</legend>
          <Checkbox.Group
            options={payloads.map((value) => ({ value, label: t(`conduct.signals.${value}`) }))}
            value={rules.forbiddenPayloads}
            onChange={(values) => change({ forbiddenPayloads: values })}
          />
          <p className="muted">{t('conduct.rules.payloadsHint')}</p>
        </fieldset>
        <fieldset className="rules-part">
          <legend>{t('conduct.rules.responses')}</legend>
          <div className="rules-signals">
            {signals.map((kind) => (
              <label key={kind} className="stack-tight">
                <span>{t(`conduct.signals.${kind}`)}</span>
                <Select
                  value={rules.responses[kind] ?? 'alarm'}
                  options={answers.map((value) => ({ value, label: t(`conduct.responses.${value}`) }))}
                  onChange={(value) => change({ responses: { ...rules.responses, [kind]: value } })}
                />
              </label>
            ))}
          </div>
        </fieldset>
        <label className="stack-tight">
          <span>{t('conduct.rules.reason')}</span>
          <Input.TextArea
            rows={2}
            maxLength={1000}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <p className="muted">{t('conduct.rules.atOnceHint')}</p>
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}

const columns = [
  ['requestsPerSecond', 'rate', 1, 0],
  ['concurrency', 'concurrency', 1, 0],
  ['sentMiB', 'sent', 0.0625, 4],
  ['receivedMiB', 'received', 0.0625, 4],
] as const

function LimitFields({ value, onChange }: { value: LimitsDraft; onChange: (value: LimitsDraft) => void }): ReactNode {
  const { t } = useTranslation()
  return (
    <div className="rules-limits">
      {columns.map(([name, label, min, precision]) => (
        <label key={name} className="stack-tight">
          <span className="muted">{t(`conduct.rules.columns.${label}`)}</span>
          <InputNumber
            min={min}
            {...(precision === 0 ? { precision } : {})}
            value={value[name]}
            onChange={(given) => onChange({ ...value, [name]: given })}
          />
        </label>
      ))}
    </div>
  )
}

function QuietFields({
  rules,
  change,
}: {
  rules: TestRulesBody
  change: (part: Partial<TestRulesBody>) => void
}): ReactNode {
  const { t } = useTranslation()
  const { quietHours } = rules
  const zones = [...new Set([rules.zone, 'Asia/Shanghai', ...Intl.supportedValuesOf('timeZone'), 'UTC'])]
  return (
    <div className="stack-tight">
      {quietHours.map((one, at) => (
        // Hours have no name of their own: their place is what tells them apart.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <div key={at} className="rules-host">
          {(['from', 'to'] as const).map((side) => (
            <Input
              key={side}
              type="time"
              prefix={t(`conduct.rules.${side}`)}
              aria-label={t(`conduct.rules.${side}`)}
              value={one[side]}
              onChange={(event) => change({ quietHours: quietHours.with(at, { ...one, [side]: event.target.value }) })}
            />
          ))}
          <Button onClick={() => change({ quietHours: quietHours.filter((_, place) => place !== at) })}>
            {t('conduct.rules.remove')}
          </Button>
        </div>
      ))}
      <div className="rules-host">
        <Button onClick={() => change({ quietHours: [...quietHours, { from: '22:00', to: '06:00' }] })}>
          {t('conduct.rules.addQuiet')}
        </Button>
        <Select
          showSearch
          className="rules-zone"
          aria-label={t('conduct.rules.zone')}
          value={rules.zone}
          options={zones.map((value) => ({ value }))}
          onChange={(zone: string) => change({ zone })}
        />
      </div>
    </div>
  )
}
