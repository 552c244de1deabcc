import type { RecordForm, RecordView } from '@zhongheng/contracts/http/engagements.ts'
import { App, Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { FieldsForm } from '../../ui/fields/FieldsForm.tsx'
import { useEngagement } from './engagement-context.ts'
import { recordValue } from './record-value.ts'

/** The written acts of the engagement: what I may write now, and everything written, with its digest and signature. */
export default function RecordsTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/records', { params: { engagementId } })
  const [open, setOpen] = useState<string | null>(null)
  const row = (form: RecordForm): ReactNode => (
    <FormRow
      key={form.kind}
      form={form}
      open={open === form.kind}
      onOpen={() => setOpen(form.kind)}
      onClose={() => setOpen(null)}
    />
  )
  return (
    <Loaded query={found}>
      {({ records, forms }) => (
        <div className="stack">
          <Panel title={t('engagement.records.open')} about={t('engagement.records.openAbout')} flush>
            {forms.some(writable) ? (
              forms
                .filter(writable)
                .toSorted((a, b) => Number(a.done) - Number(b.done))
                .map(row)
            ) : (
              <EmptyState
                icon="check"
                title={t('engagement.records.openNone')}
                why={t('engagement.records.openNoneWhy')}
              />
            )}
            {forms.some(later) ? (
              <details className="record later">
                <summary>{t('engagement.records.later', { number: forms.filter(later).length })}</summary>
                {forms.filter(later).map(row)}
              </details>
            ) : null}
          </Panel>
          <Panel title={t('engagement.records.written')} flush>
            {records.length === 0 ? (
              <EmptyState
                icon="letter"
                title={t('engagement.records.writtenNone')}
                why={t('engagement.records.writtenNoneWhy')}
              />
            ) : (
              records.map((record) => <RecordRow key={record.recordId} record={record} />)
            )}
          </Panel>
        </div>
      )}
    </Loaded>
  )
}

const writable = (form: RecordForm): boolean => form.refused === null
/** Not yet, or no longer: worth a look, but not a row of the list. What is written stands below anyhow. */
const later = (form: RecordForm): boolean => form.refused !== null && !form.done

function FormRow({
  form,
  open,
  onOpen,
  onClose,
}: {
  form: RecordForm
  open: boolean
  onOpen: () => void
  onClose: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { message } = App.useApp()
  const { engagementId } = useEngagement()
  const act = useAct('POST /api/engagements/:engagementId/records')
  const word = form.done
    ? t('engagement.records.rewrite')
    : form.signed
      ? t('engagement.records.signs')
      : t('engagement.records.writes')
  return (
    <div className="record">
      <div className="record-head">
        <div>
          <h3>{say(form.title)}</h3>
          <div className="tags">
            {form.done ? (
              <span className="tag ok">
                <Icon name="check" size={13} />
                {t('engagement.records.done')}
              </span>
            ) : null}
            {form.signed ? (
              <span className="tag">
                <Icon name="key" size={13} />
                {t('engagement.records.signed')}
              </span>
            ) : null}
            {form.clauses.map((clause) => (
              <span key={clause} className="tag mono" title={t('engagement.records.clauses')}>
                {clause}
              </span>
            ))}
          </div>
        </div>
        {open ? null : (
          <Button
            {...(form.done || form.refused ? {} : { color: 'primary' as const, variant: 'solid' as const })}
            disabled={form.refused !== null}
            onClick={onOpen}
          >
            {word}
          </Button>
        )}
      </div>
      {form.refused ? (
        <p className="move-why">
          {t('engagement.records.refused')}: {say(form.refused.why)}{' '}
          <span className="tag mono">{form.refused.rule}</span>
        </p>
      ) : null}
      {open ? (
        <div className="record-form">
          <FieldsForm
            fields={form.fields}
            submit={form.signed ? t('engagement.records.submitSigned') : t('engagement.records.submit')}
            pending={act.isPending}
            problem={act.error}
            onCancel={() => {
              act.reset()
              onClose()
            }}
            onSubmit={(fields) =>
              act.mutate(
                { params: { engagementId }, body: { kind: form.kind, fields } },
                {
                  onSuccess: () => {
                    void message.success(t('engagement.records.saved', { title: say(form.title) }))
                    onClose()
                  },
                },
              )
            }
          />
        </div>
      ) : null}
    </div>
  )
}

function RecordRow({ record }: { record: RecordView }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  return (
    <div className="record">
      <div className="record-head">
        <h3>{say(record.title)}</h3>
        <span className="record-meta">
          {record.byName} · {record.orgName} · {t(`role.${record.role}`)} · <Moment at={record.at} seconds />
        </span>
      </div>
      {record.current ? null : <p className="tag warn">{t('engagement.records.stale')}</p>}
      <Facts
        rows={record.fields.map(
          (field) =>
            [
              say(field.label),
              <span key={field.name} className="pre">
                {recordValue(field, t, say)}
              </span>,
            ] as const,
        )}
      />
      <details>
        <summary>
          {record.signature === null ? t('engagement.records.digest') : t('engagement.records.signature')}
        </summary>
        <Facts
          rows={[
            [t('engagement.records.digest'), <code key="digest">{record.digest}</code>],
            ...(record.signature === null
              ? []
              : [[t('engagement.records.signature'), <code key="signature">{record.signature}</code>] as const]),
            ...(record.keyFingerprint === null
              ? []
              : [[t('engagement.records.key'), <code key="key">{record.keyFingerprint}</code>] as const]),
          ]}
        />
      </details>
    </div>
  )
}
