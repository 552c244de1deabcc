import type { Call } from '@zhongheng/contracts/http/index.ts'
import { App, Button, Input, Radio, Select } from 'antd'
import { type ReactNode, useId, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../../api/hooks.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { ProblemAlert } from '../../../ui/ProblemAlert.tsx'
import { useEngagement } from '../engagement-context.ts'
import { SyntaxHelp } from './SyntaxHelp.tsx'

type Format = Call<'PUT /api/engagements/:engagementId/scope'>['body']['format']
const platforms: readonly [Exclude<Format, 'text'>, string][] = [
  ['hackerone', 'HackerOne'],
  ['bugcrowd', 'Bugcrowd'],
  ['intigriti', 'Intigriti'],
  ['yeswehack', 'YesWeHack'],
  ['federacy', 'Federacy'],
]
/** The longest content that the API takes, in characters. */
const longest = 2_000_000

/** Writes the scope of a draft: in lines, or out of another platform's JSON. */
export function ScopeEditor({
  text,
  onDone,
  onCancel,
}: {
  text: string
  onDone: () => void
  onCancel?: () => void
}): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const page = useEngagement()
  const [way, setWay] = useState<'text' | 'import'>('text')
  const [lines, setLines] = useState(text)
  const [platform, setPlatform] = useState<Exclude<Format, 'text'>>('hackerone')
  const [json, setJson] = useState('')
  const act = useAct('PUT /api/engagements/:engagementId/scope')
  const linesId = useId()
  const jsonId = useId()
  const content = way === 'text' ? lines : json
  const fault = way === 'import' && json.trim() !== '' ? jsonFault(json) : null

  const save = (): void => {
    act.mutate(
      {
        params: { engagementId: page.engagementId },
        body: { format: way === 'text' ? 'text' : platform, content, version: page.version },
      },
      {
        onSuccess: () => {
          void message.success(t('scope.saved'))
          onDone()
        },
      },
    )
  }
  return (
    <div className="columns">
      <Panel
        title={t('scope.edit')}
        extra={
          <Radio.Group
            optionType="button"
            size="small"
            value={way}
            onChange={(event) => setWay(event.target.value as 'text' | 'import')}
            options={[
              { value: 'text', label: t('scope.byHand') },
              { value: 'import', label: t('scope.byImport') },
            ]}
          />
        }
      >
        <div className="stack">
          {way === 'text' ? (
            <div className="stack-tight">
              <label htmlFor={linesId}>{t('scope.lines')}</label>
              <Input.TextArea
                id={linesId}
                className="mono"
                rows={14}
                spellCheck={false}
                value={lines}
                onChange={(event) => setLines(event.target.value)}
                placeholder={'shop.example.com\n*.api.example.com:8443\n!blog.example.com'}
              />
            </div>
          ) : (
            <>
              <div className="button-row">
                <Select
                  aria-label={t('scope.platform')}
                  className="scope-platform"
                  value={platform}
                  onChange={setPlatform}
                  options={platforms.map(([value, label]) => ({ value, label }))}
                />
                <FileText accept=".json,application/json" label={t('scope.chooseFile')} onText={setJson} />
              </div>
              <div className="stack-tight">
                <label htmlFor={jsonId}>{t('scope.pasteHere')}</label>
                <Input.TextArea
                  id={jsonId}
                  className="mono"
                  rows={10}
                  spellCheck={false}
                  value={json}
                  onChange={(event) => setJson(event.target.value)}
                />
                {fault === null ? null : <p className="fault">{t('scope.notJson', { why: fault })}</p>}
              </div>
            </>
          )}
          {content.length > longest ? (
            <p className="fault">{t('scope.tooLong', { max: longest.toLocaleString() })}</p>
          ) : null}
          <ProblemAlert problem={act.error} />
          <div className="button-row">
            <Button
              color="primary"
              variant="solid"
              loading={act.isPending}
              disabled={content.trim() === '' || content.length > longest || fault !== null}
              onClick={save}
            >
              {way === 'text' ? t('scope.save') : t('scope.import')}
            </Button>
            {onCancel ? <Button onClick={onCancel}>{t('action.cancel')}</Button> : null}
          </div>
        </div>
      </Panel>
      <SyntaxHelp />
    </div>
  )
}

function jsonFault(text: string): string | null {
  try {
    JSON.parse(text)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Reads a text file into the page; nothing is uploaded by it. */
function FileText({
  accept,
  label,
  onText,
}: {
  accept: string
  label: string
  onText: (text: string) => void
}): ReactNode {
  return (
    <label className="file-button">
      {label}
      <input
        type="file"
        accept={accept}
        onChange={(event) => {
          const file = event.target.files?.[0]
          if (file) void file.text().then(onText)
          event.target.value = ''
        }}
      />
    </label>
  )
}
