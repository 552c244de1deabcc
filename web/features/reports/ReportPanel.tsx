import type { ReportView } from '@zhongheng/contracts/http/evidence.ts'
import { Link } from '@tanstack/react-router'
import { App, Button, Modal, Radio } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { useAct } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { GrowingText } from '../../ui/GrowingText.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Markdown } from '../../ui/Markdown.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useDownload } from '../../ui/use-download.ts'
import { useEngagement } from '../engagements/engagement-context.ts'
import { type Edits, type Section, changedSections } from './sections.ts'

/** One report: its sections, what is missing, the pen for those who write it, and its files. */
export function ReportPanel({ report, former }: { report: ReportView; former: readonly ReportView[] }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { message } = App.useApp()
  const { may } = useEngagement()
  const { engagementId, reportId, kind } = report
  const write = useAct('PATCH /api/engagements/:engagementId/reports/:reportId')
  const sign = useAct('POST /api/engagements/:engagementId/reports/:reportId/signature')
  const [edits, setEdits] = useState<Edits>({})
  const [asking, setAsking] = useState(false)
  const draft = report.state === 'draft'
  const writes = draft && may.includes(kind === 'test' ? 'report.draft_test' : 'report.draft_audit')
  const signs = draft && may.includes(kind === 'test' ? 'report.sign_test' : 'report.sign_audit')
  const changed = changedSections(report.sections, edits)
  const unsaved = Object.keys(changed).length > 0
  const missing = report.sections.filter((section) => section.missing !== null)
  const wait = unsaved ? t('reports.signWait.unsaved') : missing.length > 0 ? t('reports.signWait.missing') : null
  const params = { engagementId, reportId }
  const save = (): void =>
    write.mutate(
      { params, body: { sections: changed, version: report.version } },
      {
        onSuccess: () => {
          setEdits({})
          void message.success(t('reports.saved'))
        },
      },
    )
  return (
    <Panel
      title={
        <span className="report-title">
          {say(report.title)}
          <span className={`tag ${report.state === 'signed' ? 'ok' : report.state === 'superseded' ? '' : 'warn'}`}>
            {t(`reports.state.${report.state}`)}
          </span>
          <span className="tag">{t('reports.revision', { revision: report.revision })}</span>
          <span className="tag">{t(`reports.locale.${report.locale}`)}</span>
        </span>
      }
      about={t(`reports.author.${kind}`)}
      extra={<Downloads report={report} />}
    >
      <div className="stack">
        {draft ? (
          <p className={missing.length > 0 ? 'report-missing' : 'report-complete'}>
            <Icon name={missing.length > 0 ? 'warning' : 'checkCircle'} size={16} />
            {missing.length > 0 ? t('reports.missingCount', { count: missing.length }) : t('reports.complete')}
            <span className="muted">{t('reports.draftNote')}</span>
          </p>
        ) : null}
        <ol className="sections">
          {report.sections.map((section) => (
            <SectionItem
              key={section.sectionId}
              section={section}
              text={edits[section.sectionId] ?? section.text}
              {...(writes && section.writable
                ? { onChange: (text: string) => setEdits({ ...edits, [section.sectionId]: text }) }
                : {})}
            />
          ))}
        </ol>
        {writes || signs ? (
          <>
            <ProblemAlert problem={write.error} />
            <div className="button-row report-acts">
              {writes ? (
                <Button
                  type={unsaved ? 'primary' : 'default'}
                  disabled={!unsaved}
                  loading={write.isPending}
                  onClick={save}
                >
                  {t('reports.save')}
                </Button>
              ) : null}
              {signs ? (
                <Button type={unsaved ? 'default' : 'primary'} disabled={wait !== null} onClick={() => setAsking(true)}>
                  {t('reports.sign')}
                </Button>
              ) : null}
              {unsaved ? (
                <span className="muted">{t('reports.unsaved')}</span>
              ) : signs && wait !== null ? (
                <span className="muted">{wait}</span>
              ) : null}
            </div>
          </>
        ) : null}
        <Signature report={report} />
        {former.length > 0 ? (
          <div className="muted">
            {t('reports.former')}:{' '}
            {former.map((one) => (
              <span key={one.reportId} className="report-former">
                {t('reports.revision', { revision: one.revision })} ({t(`reports.state.${one.state}`)}){' '}
                <Downloads report={one} plain />
              </span>
            ))}
          </div>
        ) : null}
      </div>
      {asking ? (
        <Modal
          open
          title={t('reports.signTitle', { title: say(report.title) })}
          okText={t('reports.sign')}
          cancelText={t('action.cancel')}
          confirmLoading={sign.isPending}
          onCancel={() => {
            setAsking(false)
            sign.reset()
          }}
          onOk={() =>
            sign.mutate(
              { params, body: { version: report.version } },
              {
                onSuccess: () => {
                  setAsking(false)
                  void message.success(t('reports.signed'))
                },
              },
            )
          }
        >
          <div className="stack">
            <p>{t('reports.signText')}</p>
            <ProblemAlert problem={sign.error} />
          </div>
        </Modal>
      ) : null}
    </Panel>
  )
}

function Downloads({ report, plain = false }: { report: ReportView; plain?: boolean }): ReactNode {
  const { t } = useTranslation()
  const params = { engagementId: report.engagementId, reportId: report.reportId }
  const checked = useDownload(report.engagementId).link('document', report.reportId)
  const files = [
    ['PDF', addressOf('GET /api/engagements/:engagementId/reports/:reportId/file.pdf', { params })],
    ['DOCX', addressOf('GET /api/engagements/:engagementId/reports/:reportId/file.docx', { params })],
  ] as const
  if (plain)
    return files.map(([form, address]) => (
      <a key={form} href={address} download onClick={checked}>
        {form}
      </a>
    ))
  return (
    <div className="button-row">
      {files.map(([form, address]) => (
        <Button key={form} href={address} download onClick={checked}>
          {t(report.state === 'draft' ? 'reports.downloadDraft' : 'reports.download', { form })}
        </Button>
      ))}
    </div>
  )
}

function SectionItem({
  section,
  text,
  onChange,
}: {
  section: Section
  text: string
  onChange?: (text: string) => void
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const shown = section.options?.find(({ value }) => value === text)
  return (
    <li className={section.missing ? 'missing' : ''}>
      <div className="section-head">
        <Icon name={section.missing ? 'warning' : 'check'} size={16} />
        <span className="mono muted section-id">{section.sectionId}</span>
        <strong>{say(section.title)}</strong>
        <span className="tag mono">{section.clause}</span>
        <span className="muted section-source">{t(section.writable ? 'reports.written' : 'reports.fromRecords')}</span>
      </div>
      {section.missing ? <p className="section-missing">{say(section.missing)}</p> : null}
      {onChange ? (
        section.options ? (
          <Radio.Group
            value={text}
            onChange={(event) => onChange(String(event.target.value))}
            options={section.options.map(({ value, label }) => ({ value, label: say(label) }))}
          />
        ) : (
          <GrowingText
            aria-label={say(section.title)}
            placeholder={t('reports.placeholder')}
            rows={3}
            maxLength={20_000}
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )
      ) : text !== '' && section.writable ? (
        shown ? (
          <p>{say(shown.label)}</p>
        ) : (
          <Markdown text={text} />
        )
      ) : null}
    </li>
  )
}

function Signature({ report }: { report: ReportView }): ReactNode {
  const { t } = useTranslation()
  if (report.signedAt === null) return null
  return (
    <div className="report-signature">
      <Facts
        rows={[
          [t('reports.signedBy'), report.signedBy ?? '—'],
          [t('reports.signedAt'), <Moment key="at" at={report.signedAt} seconds />],
          ...(report.anchor
            ? [
                [
                  t('reports.position'),
                  <Link key="position" to="/ledger" search={{ subject: report.reportId }}>
                    #{report.anchor.position}
                  </Link>,
                ] as const,
                [
                  t('reports.checkCode'),
                  <strong key="code" className="mono">
                    {report.anchor.checkCode}
                  </strong>,
                ] as const,
                [t('reports.root'), <code key="root">{report.anchor.root}</code>] as const,
              ]
            : []),
          ...(report.sha256
            ? [
                [t('reports.digest', { form: 'PDF' }), <code key="pdf">{report.sha256.pdf}</code>] as const,
                [t('reports.digest', { form: 'DOCX' }), <code key="docx">{report.sha256.docx}</code>] as const,
              ]
            : []),
          ...(report.keyFingerprint
            ? [[t('reports.key'), <code key="key">{report.keyFingerprint}</code>] as const]
            : []),
        ]}
      />
    </div>
  )
}
