import type { OwnData } from '@zhongheng/contracts/http/personal-data.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { DataList } from '../../ui/DataList.tsx'
import { FieldValues } from './FieldValues.tsx'
import './personal-data.css'

type Field = OwnData['fields'][number]

/** Everything that is held about the reader, by what it is held for; each group opens to its values. */
export function FieldGroups({ data }: { data: OwnData }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const organisation = data.givenTo.find(({ engagement }) => engagement === null)?.organisation ?? ''
  const groups = Object.values(Object.groupBy(data.fields, ({ purpose }) => purpose.en))
  return groups.map((fields, at) => {
    const [first] = fields ?? []
    if (fields === undefined || first === undefined) return null
    return (
      <details key={first.purpose.en} className="field-group" open={at === 0}>
        <summary>
          <strong className="sentence">{say(first.purpose)}</strong>
          <span className="muted">{t('personalData.count', { count: fields.length })}</span>
        </summary>
        <Fields fields={fields} label={say(first.purpose)} organisation={organisation} />
      </details>
    )
  })
}

function Fields({
  fields,
  label,
  organisation,
}: {
  fields: readonly Field[]
  label: string
  organisation: string
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  return (
    <DataList
      label={label}
      rows={fields}
      rowKey={(row) => row.column}
      empty={null}
      columns={[
        {
          key: 'what',
          label: t('personalData.what'),
          role: 'lead',
          cell: (row) => (
            <>
              <span className="sentence">{say(row.what)}</span>{' '}
              {row.needed ? null : <span className="tag">{t('personalData.optional')}</span>}
            </>
          ),
        },
        {
          key: 'value',
          label: t('personalData.value'),
          cell: (row) => <FieldValues one={row} organisation={organisation} />,
        },
        {
          key: 'basis',
          label: t('personalData.basis'),
          cell: (row) => <span className="muted sentence">{say(row.basis)}</span>,
        },
        {
          key: 'kept',
          label: t('personalData.kept'),
          cell: (row) => <span className="muted sentence">{say(row.kept)}</span>,
        },
      ]}
    />
  )
}
