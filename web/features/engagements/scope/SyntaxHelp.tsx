import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Panel } from '../../../ui/Panel.tsx'

const examples = [
  ['host', 'shop.example.com'],
  ['wildcard', '*.api.example.com:8443'],
  ['path', 'https://shop.example.com/api/'],
  ['block', '10.1.0.0/24 80,443,8000-8100'],
  ['range', '203.0.113.10-203.0.113.20'],
  ['not', '!blog.example.com'],
  ['out', 'out:'],
  ['tunnel', 'app.example.com @tunnel'],
  ['raw', 'db.example.com:5432 @raw'],
  ['note', 'shop.example.com  # 主站'],
] as const

/** How a line of the scope is written, by example. */
export function SyntaxHelp(): ReactNode {
  const { t } = useTranslation()
  return (
    <Panel title={t('scope.syntax')}>
      <dl className="syntax">
        {examples.map(([name, example]) => (
          <div key={name}>
            <dt>
              <code className="break">{example}</code>
            </dt>
            <dd className="quiet">{t(`scope.syntaxRows.${name}`)}</dd>
          </div>
        ))}
      </dl>
      <p className="quiet">{t('scope.syntaxRule')}</p>
    </Panel>
  )
}
