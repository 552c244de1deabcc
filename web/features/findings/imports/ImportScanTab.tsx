import { useNavigate } from '@tanstack/react-router'
import type { ScanPreview } from '@zhongheng/contracts/http/imports.ts'
import { importLimits } from '@zhongheng/contracts/records/import-files.ts'
import { Button } from 'antd'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { ApiProblem } from '../../../api/problem.ts'
import { readScanFile } from '../../../api/read-scan.ts'
import { LinkButton } from '../../../app/LinkButton.tsx'
import { useMe } from '../../../app/session.ts'
import { useLanguage } from '../../../i18n/index.ts'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { Notice } from '../../../ui/Notice.tsx'
import { Panel } from '../../../ui/Panel.tsx'
import { ProblemAlert } from '../../../ui/ProblemAlert.tsx'
import { useEngagement } from '../../engagements/engagement-context.ts'
import { sizeText } from '../../traffic/bodies.ts'
import { ForSubmitters } from '../ForSubmitters.tsx'
import { ScanRows } from './ScanRows.tsx'
import { keepImported } from './imported-drafts.ts'
import './imports.css'

/** A tester has a scanner's file read and chooses which of its results become drafts. Nothing is submitted here. */
export default function ImportScanTab(): ReactNode {
  return (
    <ForSubmitters>
      <ImportScan />
    </ForSubmitters>
  )
}

function ImportScan(): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { personId } = useMe()
  const { engagementId } = useEngagement()
  const navigate = useNavigate()
  const picker = useRef<HTMLInputElement>(null)
  const stop = useRef<AbortController>(undefined)
  const [reading, setReading] = useState<string | null>(null)
  const [problem, setProblem] = useState<ApiProblem | null>(null)
  const [tooLarge, setTooLarge] = useState<string | null>(null)
  const [found, setFound] = useState<ScanPreview | null>(null)
  const [chosen, setChosen] = useState<ReadonlySet<number>>(new Set())
  const [kept, setKept] = useState<number | null>(null)
  useEffect(() => () => stop.current?.abort(), [])

  const read = async (file: File): Promise<void> => {
    setProblem(null)
    setFound(null)
    setKept(null)
    setChosen(new Set())
    const tooMuch = file.size > importLimits.bytes
    setTooLarge(
      tooMuch ? t('imports.tooLarge', { size: sizeText(file.size), most: sizeText(importLimits.bytes) }) : null,
    )
    if (tooMuch) return
    const mine = new AbortController()
    stop.current = mine
    setReading(file.name)
    try {
      setFound(await readScanFile(engagementId, file, mine.signal))
    } catch (error) {
      if (!(error instanceof DOMException)) setProblem(error as ApiProblem)
    } finally {
      setReading(null)
    }
  }
  const make = (): void => {
    if (found === null) return
    const rows = [...chosen].flatMap((at) => found.rows[at] ?? [])
    const made = keepImported(personId, engagementId, rows)
    if (made === rows.length) void navigate({ to: '/engagements/$engagementId/findings', params: { engagementId } })
    else setKept(made)
  }
  return (
    <Panel
      title={t('imports.title')}
      about={t('imports.about')}
      extra={
        <LinkButton to="/engagements/$engagementId/findings" params={{ engagementId }}>
          {t('imports.back')}
        </LinkButton>
      }
    >
      <div className="stack">
        <input
          ref={picker}
          type="file"
          className="imports-picker"
          tabIndex={-1}
          aria-label={t('imports.choose')}
          onChange={(event) => {
            const file = event.target.files?.[0]
            if (file) void read(file)
            event.target.value = ''
          }}
        />
        <div className="button-row">
          <Button
            {...(found ? {} : { type: 'primary' as const })}
            loading={reading !== null}
            onClick={() => picker.current?.click()}
          >
            {t(found ? 'imports.another' : 'imports.choose')}
          </Button>
          {reading === null ? (
            <span className="muted">{t('imports.hint', { size: sizeText(importLimits.bytes) })}</span>
          ) : (
            <>
              <span className="muted break" role="status">
                {t('imports.reading', { name: reading })}
              </span>
              <Button onClick={() => stop.current?.abort()}>{t('action.cancel')}</Button>
            </>
          )}
        </div>
        {tooLarge === null ? null : <Notice tone="bad">{tooLarge}</Notice>}
        <ProblemAlert problem={problem} />
        {found?.rows.length === 0 ? (
          <EmptyState icon="bug" title={t('imports.none')} why={t('imports.noneWhy')} />
        ) : null}
        {found && found.rows.length > 0 ? (
          <>
            <p>
              {t('imports.found', {
                format: t(`imports.formats.${found.format}`),
                items: found.items,
                rows: found.rows.length,
              })}
            </p>
            {found.leftCount > 0 ? (
              <Notice tone="warn" title={t('imports.left', { count: found.leftCount })}>
                <ul>
                  {found.left.map(({ item, why }) => (
                    <li key={item}>{t('imports.leftItem', { item, why: say(why) })}</li>
                  ))}
                </ul>
              </Notice>
            ) : null}
            <ScanRows rows={found.rows} chosen={chosen} onChange={setChosen} />
            {kept === null ? null : <Notice tone="warn">{t('imports.noRoom', { count: kept })}</Notice>}
            <div className="button-row imported-act">
              <Button type="primary" disabled={chosen.size === 0 || kept !== null} onClick={make}>
                {t('imports.make', { count: chosen.size })}
              </Button>
              <span className="muted">{t('imports.makeAbout', { most: importLimits.drafts })}</span>
            </div>
          </>
        ) : null}
      </div>
    </Panel>
  )
}
