import type { AttachmentView } from '@zhongheng/contracts/http/attachments.ts'
import type { Call } from '@zhongheng/contracts/http/index.ts'
import { attachmentLimits } from '@zhongheng/contracts/records/attachment-limits.ts'
import { submissionLimits } from '@zhongheng/contracts/records/finding-limits.ts'
import { Button, Form, Input, Radio, Select } from 'antd'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { type ApiProblem, formErrors } from '../../api/problem.ts'
import { drafts } from '../../app/drafts.ts'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { useLengthRule } from '../../ui/fields/use-length-rule.ts'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { severities } from '../../ui/severities.ts'
import { FilesField } from '../attachments/FilesField.tsx'
import type { BasketItem } from '../traffic/basket.ts'
import { CvssField } from './CvssField.tsx'
import { draftPlace, type FindingDraft, isWritten, readDraft } from './draft.ts'
import { EvidencePicker } from './EvidencePicker.tsx'
import { MarkdownField } from './MarkdownField.tsx'
import { WeaknessSelect } from './WeaknessSelect.tsx'

export type Submission = Call<'POST /api/engagements/:engagementId/findings'>['body']

/** The finding as a form: for submitting one and for mending a returned one. The draft stays in this browser. */
export function FindingForm({
  engagementId,
  findingId,
  place: given,
  start,
  submit,
  pending,
  problem,
  onSubmit,
  onEvidence,
}: {
  engagementId: string
  /** Null for a new finding. */
  findingId: string | null
  /** Where the draft is kept, if not where drafts of this finding are. */
  place?: string | undefined
  start: FindingDraft
  submit: string
  pending: boolean
  problem: ApiProblem | null
  onSubmit: (submission: Submission) => void
  onEvidence?: (items: readonly BasketItem[]) => void
}): ReactNode {
  const { t } = useTranslation()
  const { side } = useLanguage()
  const [form] = Form.useForm<FindingDraft>()
  const scope = useApi('GET /api/engagements/:engagementId/scope', { params: { engagementId } })
  const { personId } = useMe()
  const place = given ?? draftPlace(engagementId, findingId)
  const [kept] = useState(() => readDraft(drafts.read(personId, place)))
  // Evidence chosen after the draft was left joins what the draft had.
  const [initial] = useState<FindingDraft>(() =>
    kept
      ? {
          ...kept,
          cites: [
            ...kept.cites,
            ...start.cites.filter((item) => !kept.cites.some(({ exchangeId }) => exchangeId === item.exchangeId)),
          ].slice(0, 50),
        }
      : start,
  )
  const [restored, setRestored] = useState(kept !== null)
  const [savedAt, setSavedAt] = useState<Date>()
  const [files, setFiles] = useState<readonly AttachmentView[]>([])
  const [sending, setSending] = useState(false)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [byVector, setByVector] = useState(initial.cvssVector !== null)
  useEffect(() => () => clearTimeout(timer.current), [])
  useEffect(() => {
    if (!problem) return
    // One message a field, whatever part of it was refused: `cites.3` stands under the evidence, `vector` under CVSS.
    const byField = new Map<string, string[]>()
    for (const { name, errors } of formErrors(problem, side)) {
      const field = name[0] === 'vector' ? 'cvssVector' : String(name[0])
      byField.set(field, [...(byField.get(field) ?? []), ...errors])
    }
    form.setFields(
      [...byField].map(([name, errors]) => ({
        name: [name as keyof FindingDraft],
        errors: [...new Set(errors)],
      })) as Parameters<typeof form.setFields>[0],
    )
    const first = [...byField.keys()][0]
    if (first) form.scrollToField(first, { block: 'center' })
  }, [form, problem, side])

  const save = (): void => {
    clearTimeout(timer.current)
    timer.current = setTimeout(() => {
      const draft = { ...initial, ...form.getFieldsValue(true) } as FindingDraft
      if (isWritten(draft) && drafts.write(personId, place, draft)) setSavedAt(new Date())
    }, 500)
  }
  const drop = (): void => {
    clearTimeout(timer.current)
    drafts.drop(personId, place)
    setRestored(false)
    setSavedAt(undefined)
    setByVector(start.cvssVector !== null)
    form.setFieldsValue({ ...start })
  }
  const length = useLengthRule()
  /** How long a text of the finding may be, for whoever writes it and before it is refused. */
  const limits = (field: keyof typeof submissionLimits) => {
    const [min, max] = submissionLimits[field]
    return { min, max }
  }
  const long = (field: 'description' | 'steps' | 'impact') =>
    length(t(`findings.form.${field}`), limits(field).min, limits(field).max)
  const need = (label: string) => [{ required: true, message: t('form.required', { label }) }]
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={initial}
      scrollToFirstError={{ block: 'center' }}
      onValuesChange={(changed: Partial<FindingDraft>) => {
        save()
        if (changed.cites) onEvidence?.(changed.cites)
      }}
      onFinish={(values) => {
        const { cites, severity, cvssVector, ...rest } = values
        if (severity === undefined) return
        onSubmit({
          ...rest,
          title: rest.title.trim(),
          severity,
          cvssVector,
          cites: cites.map(({ exchangeId }) => exchangeId),
          attachments: files.map(({ attachmentId }) => attachmentId),
        })
      }}
      className="finding-form stack"
    >
      {restored ? (
        <Notice
          tone="info"
          action={
            <Button size="small" onClick={drop}>
              {t('findings.form.dropDraft')}
            </Button>
          }
        >
          {t('findings.form.draftKept')}
        </Notice>
      ) : null}
      <Panel title={t('findings.form.asset')} about={t('findings.form.assetHint')}>
        <Form.Item
          name="asset"
          rules={need(t('findings.form.asset'))}
          getValueProps={(value: string) => ({ value: value === '' ? undefined : value })}
        >
          <Select
            aria-label={t('findings.form.asset')}
            showSearch
            loading={scope.isPending}
            placeholder={t('findings.form.assetPlaceholder')}
            notFoundContent={t('findings.form.noAssets')}
            options={(scope.data?.assets ?? []).map((value) => ({ value, label: value }))}
          />
        </Form.Item>
      </Panel>
      <Panel title={t('findings.form.evidence')} about={t('findings.form.evidenceHint')}>
        <Form.Item
          name="cites"
          rules={[
            {
              validator: async (_rule, value: readonly BasketItem[]) => {
                if (value.length === 0) throw new Error(t('findings.form.evidenceHint'))
              },
            },
          ]}
        >
          <EvidencePicker engagementId={engagementId} />
        </Form.Item>
      </Panel>
      <Panel title={t('attachments.title')} about={t('attachments.about')}>
        <FilesField
          engagementId={engagementId}
          most={attachmentLimits.ofFinding}
          value={files}
          onChange={setFiles}
          onBusy={setSending}
        />
      </Panel>
      <Panel title={t('findings.form.content')}>
        <Form.Item
          name="title"
          label={t('findings.form.name')}
          extra={t('findings.form.nameHint', limits('title'))}
          rules={length(t('findings.form.name'), ...submissionLimits.title)}
          validateTrigger="onBlur"
        >
          <Input maxLength={submissionLimits.title[1]} />
        </Form.Item>
        <Form.Item
          name="cwe"
          label={t('findings.form.weakness')}
          rules={need(t('findings.form.weakness'))}
          getValueProps={(value: string) => ({ value: value === '' ? undefined : value })}
        >
          <WeaknessSelect placeholder={t('findings.form.weaknessPlaceholder')} />
        </Form.Item>
        <Form.Item
          name="description"
          label={t('findings.form.description')}
          extra={t('findings.form.descriptionHint', limits('description'))}
          rules={long('description')}
          validateTrigger="onBlur"
        >
          <MarkdownField max={submissionLimits.description[1]} />
        </Form.Item>
        <Form.Item
          name="steps"
          label={t('findings.form.steps')}
          extra={t('findings.form.stepsHint', limits('steps'))}
          rules={long('steps')}
          validateTrigger="onBlur"
        >
          <MarkdownField max={submissionLimits.steps[1]} rows={6} />
        </Form.Item>
        <Form.Item
          name="impact"
          label={t('findings.form.impact')}
          extra={t('findings.form.impactHint', limits('impact'))}
          rules={long('impact')}
          validateTrigger="onBlur"
        >
          <MarkdownField max={submissionLimits.impact[1]} rows={3} />
        </Form.Item>
        <Form.Item name="repair" label={t('findings.form.repair')}>
          <MarkdownField max={submissionLimits.repair[1]} rows={3} />
        </Form.Item>
      </Panel>
      <Panel title={t('findings.form.severity')}>
        <Form.Item name="cvssVector" label={t('findings.cvss.title')}>
          <CvssField
            onScored={(severity) => {
              setByVector(severity !== null)
              if (severity !== null) form.setFieldsValue({ severity })
            }}
          />
        </Form.Item>
        <Form.Item
          name="severity"
          label={t(byVector ? 'findings.form.severityByVector' : 'findings.form.severityByHand')}
          rules={need(t('findings.form.severity'))}
        >
          <Radio.Group
            disabled={byVector}
            options={severities.map((value) => ({ value, label: <SeverityPill severity={value} /> }))}
          />
        </Form.Item>
      </Panel>
      <ProblemAlert problem={problem} />
      <div className="button-row">
        <Button type="primary" size="large" htmlType="submit" loading={pending} disabled={sending}>
          {submit}
        </Button>
        {savedAt ? (
          <span className="muted">{t('findings.form.draft', { time: savedAt.toLocaleTimeString() })}</span>
        ) : null}
      </div>
    </Form>
  )
}
