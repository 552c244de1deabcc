import { useMutation } from '@tanstack/react-query'
import type { Reply } from '@zhongheng/contracts/http/index.ts'
import { Button, Input } from 'antd'
import { type ReactNode, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith, newKey } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { longestLeak, marksInFile, marksInText } from './marks-in-file.ts'

const key = 'POST /api/copies/trace'
type Copies = Reply<typeof key>['copies']
type Outcome = 'too_long' | { readonly marks: number; readonly copies: Copies }

/** Whose copy a leaked file or text is. It is looked through in this browser; the marks alone are sent. */
export function TraceCopies(): ReactNode {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const trace = useMutation<Outcome, ApiProblem, File | string>({
    mutationFn: async (leak) => {
      if (typeof leak !== 'string' && leak.size > longestLeak) return 'too_long'
      const found =
        typeof leak === 'string' ? marksInText(leak) : await marksInFile(new Uint8Array(await leak.arrayBuffer()))
      const codes = found.slice(0, 50)
      if (codes.length === 0) return { marks: 0, copies: [] }
      const { copies } = await callWith(key, { body: { codes } }, { idempotencyKey: newKey() })
      return { marks: codes.length, copies }
    },
  })
  return (
    <Panel title={t('administration.trace.title')} about={t('administration.trace.about')}>
      <div className="stack">
        <Input.TextArea
          rows={3}
          value={text}
          maxLength={1_000_000}
          aria-label={t('administration.trace.text')}
          placeholder={t('administration.trace.text')}
          onChange={(event) => setText(event.target.value)}
        />
        <input
          ref={input}
          type="file"
          hidden
          aria-label={t('administration.trace.choose')}
          onChange={(event) => {
            const [file] = event.target.files ?? []
            if (file) trace.mutate(file)
            event.target.value = ''
          }}
        />
        <div className="button-row">
          <Button loading={trace.isPending} disabled={text.trim() === ''} onClick={() => trace.mutate(text)}>
            {t('administration.trace.go')}
          </Button>
          <Button loading={trace.isPending} onClick={() => input.current?.click()}>
            {t('administration.trace.choose')}
          </Button>
        </div>
        {trace.data === undefined ? null : <Found outcome={trace.data} />}
        <ProblemAlert problem={trace.error} />
      </div>
    </Panel>
  )
}

function Found({ outcome }: { outcome: Outcome }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  if (outcome === 'too_long')
    return <Notice tone="bad">{t('administration.trace.tooLong', { mib: longestLeak >> 20 })}</Notice>
  if (outcome.marks === 0) return <Notice>{t('administration.trace.none')}</Notice>
  return (
    <DataList
      label={t('administration.trace.found')}
      rows={outcome.copies}
      rowKey={(copy) => copy.eventId}
      empty={
        <EmptyState
          icon="ledger"
          title={t('administration.trace.unknown')}
          why={t('administration.trace.unknownWhy', { count: outcome.marks })}
        />
      }
      columns={[
        { key: 'at', label: t('administration.column.at'), cell: (copy) => <Moment at={copy.at} seconds /> },
        {
          key: 'who',
          label: t('administration.trace.who'),
          role: 'lead',
          cell: (copy) => (
            <span className="record-what">
              <strong>{copy.personName}</strong>
              <span className="muted">{copy.orgName}</span>
            </span>
          ),
        },
        {
          key: 'what',
          label: t('administration.column.what'),
          cell: (copy) => (
            <span className="record-what">
              {say(copy.text)}
              {copy.label === null ? null : <span className="muted mono">{copy.label}</span>}
            </span>
          ),
        },
        {
          key: 'engagement',
          label: t('administration.trace.engagement'),
          cell: (copy) => (
            <span className="record-what">
              {copy.engagement.title}
              <span className="muted mono">{copy.engagement.number}</span>
            </span>
          ),
        },
        {
          key: 'code',
          label: t('administration.trace.code'),
          role: 'end',
          cell: (copy) => <span className="mono">{copy.code}</span>,
        },
      ]}
    />
  )
}
