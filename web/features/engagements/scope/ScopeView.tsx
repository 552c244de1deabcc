import type { ScopeVersionView } from '@zhongheng/contracts/http/engagements.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../../i18n/index.ts'
import { CopyButton } from '../../../ui/CopyButton.tsx'
import { DataList } from '../../../ui/DataList.tsx'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { Icon } from '../../../ui/Icon.tsx'
import { Moment } from '../../../ui/Moment.tsx'
import { Facts, Panel } from '../../../ui/Panel.tsx'

/** One version: its rules, what only the letter says, hints, the text as written. */
export function ScopeView({ version, inForce }: { version: ScopeVersionView; inForce: boolean }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  return (
    <>
      <Panel
        title={t('scope.rules')}
        about={t('scope.rulesAbout')}
        extra={
          <span className={inForce ? 'tag ok' : 'tag'}>
            {inForce ? t('scope.inForce') : t(`scope.states.${version.state}`)}
          </span>
        }
        flush
      >
        <DataList
          label={t('scope.rules')}
          rows={version.rules}
          rowKey={(rule) => `${rule.rowId} ${rule.effect} ${rule.asset} ${rule.text}`}
          empty={<EmptyState icon="warning" title={t('scope.noRules')} why={t('scope.noRulesWhy')} />}
          columns={[
            { key: 'effect', label: t('scope.effect'), cell: (rule) => <Effect allow={rule.effect === 'allow'} /> },
            {
              key: 'asset',
              label: t('scope.asset'),
              cell: (rule) => (
                <>
                  <code className="break">{rule.asset}</code>{' '}
                  {rule.handling === null ? null : <span className="tag">{t(`scope.handling.${rule.handling}`)}</span>}
                </>
              ),
            },
            {
              key: 'text',
              label: t('scope.meaning'),
              cell: (rule) => <span className="quiet break">{rule.text}</span>,
            },
          ]}
        />
      </Panel>
      {version.letterLines.length > 0 ? (
        <Panel title={t('scope.letterLines')} about={t('scope.letterLinesAbout')}>
          <ul className="scope-lines">
            {version.letterLines.map((line) => (
              <li key={`${line.effect} ${line.asset}`}>
                <span className="tag">{line.effect === 'in' ? t('scope.fromIn') : t('scope.fromOut')}</span>
                <span className="break">{line.asset}</span>
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
      {version.hints.length > 0 ? (
        <Panel title={t('scope.hints')}>
          <ul className="scope-lines">
            {version.hints.map((hint) => (
              <li key={`${hint.asset} ${hint.text.en}`}>
                <Icon name="info" size={16} />
                <span>
                  <code className="break">{hint.asset}</code> — {say(hint.text)}
                </span>
              </li>
            ))}
          </ul>
        </Panel>
      ) : null}
      <Panel title={t('scope.source')} extra={<CopyButton text={version.text} />}>
        <pre className="scope-source">{version.text}</pre>
        <Facts
          rows={[
            [
              t('scope.created'),
              <span key="by">
                {version.createdBy} · <Moment at={version.createdAt} />
              </span>,
            ],
            ...(version.effectiveAt === null
              ? []
              : [[t('scope.effective'), <Moment key="at" at={version.effectiveAt} />] as const]),
            [
              t('scope.digest'),
              <code key="digest" className="break">
                {version.digest}
              </code>,
            ],
          ]}
        />
      </Panel>
    </>
  )
}

function Effect({ allow }: { allow: boolean }): ReactNode {
  const { t } = useTranslation()
  return (
    <span className={allow ? 'tag ok' : 'tag bad'}>
      <Icon name={allow ? 'check' : 'close'} size={13} />
      {allow ? t('scope.allow') : t('scope.deny')}
    </span>
  )
}
