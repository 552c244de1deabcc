import { Tabs } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { GrowingText } from '../../ui/GrowingText.tsx'
import { Markdown } from '../../ui/Markdown.tsx'

/** Markdown: plain writing, and a look at what readers will see. */
export function MarkdownField({
  id,
  value = '',
  onChange,
  rows = 5,
  max,
}: {
  id?: string
  value?: string
  onChange?: (value: string) => void
  rows?: number
  max: number
}): ReactNode {
  const { t } = useTranslation()
  const [tab, setTab] = useState('edit')
  return (
    <Tabs
      size="small"
      className="markdown-field"
      activeKey={tab}
      onChange={setTab}
      items={[
        {
          key: 'edit',
          label: t('findings.form.edit'),
          children: (
            <GrowingText
              {...(id === undefined ? {} : { id })}
              rows={rows}
              maxLength={max}
              value={value}
              onChange={(event) => onChange?.(event.target.value)}
            />
          ),
        },
        {
          key: 'preview',
          label: t('findings.form.preview'),
          children: (
            <div className="markdown-preview">
              {value.trim() === '' ? <p className="muted">{t('findings.form.nothing')}</p> : <Markdown text={value} />}
            </div>
          ),
        },
      ]}
    />
  )
}
