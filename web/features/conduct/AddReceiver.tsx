import { Button, Input, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { Notice } from '../../ui/Notice.tsx'
import { PlaceSelect } from '../../ui/fields/PlaceSelect.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'

const channels = ['webhook', 'syslog_tls', 'syslog_tcp', 'syslog_udp'] as const
const forms = ['ocsf', 'gbt44886'] as const

/** The form for one more receiver. @param onDone with the key that is shown once; null without one, or when given up */
export function AddReceiver({
  engagementId,
  onDone,
}: {
  engagementId: string
  onDone: (secret: string | null) => void
}): ReactNode {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const [channel, setChannel] = useState<(typeof channels)[number]>('webhook')
  const [form, setForm] = useState<(typeof forms)[number]>('ocsf')
  const [place, setPlace] = useState('')
  const [address, setAddress] = useState('')
  const [authority, setAuthority] = useState('')
  const act = useAct('POST /api/engagements/:engagementId/alert-receivers')
  const overTls = channel === 'webhook' || channel === 'syslog_tls'
  const inClear = !overTls
  return (
    <div className="record-form stack">
      <label className="stack-tight">
        <span>{t('conduct.receivers.name')}</span>
        <Input value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
      </label>
      <div className="receiver-choices">
        <label className="stack-tight">
          <span>{t('conduct.receivers.channel')}</span>
          <Select
            value={channel}
            onChange={setChannel}
            options={channels.map((value) => ({ value, label: t(`conduct.receivers.channels.${value}`) }))}
          />
        </label>
        <label className="stack-tight">
          <span>{t('conduct.receivers.form')}</span>
          <Select
            value={form}
            onChange={setForm}
            options={forms.map((value) => ({ value, label: t(`conduct.receivers.forms.${value}`) }))}
          />
        </label>
      </div>
      {form === 'gbt44886' ? <p className="quiet">{t('conduct.receivers.gbtHint')}</p> : null}
      <label className="stack-tight">
        <span>{t('people.places.place')}</span>
        <PlaceSelect
          value={place || null}
          onChange={(code) => setPlace(code ?? '')}
          placeholder={t('people.places.choose')}
        />
      </label>
      <p className="quiet">{t('conduct.receivers.placeHint')}</p>
      <label className="stack-tight">
        <span>{t('conduct.receivers.address')}</span>
        <Input
          value={address}
          maxLength={500}
          spellCheck={false}
          placeholder={channel === 'webhook' ? 'https://soc.example.com/alerts' : 'siem.example.com:6514'}
          onChange={(event) => setAddress(event.target.value)}
        />
      </label>
      <p className="quiet">{t('conduct.receivers.addressHint')}</p>
      {inClear ? <Notice tone="warn">{t('conduct.receivers.inClear')}</Notice> : null}
      {overTls ? (
        <label className="stack-tight">
          <span>{t('conduct.receivers.authority')}</span>
          <Input.TextArea
            rows={3}
            value={authority}
            spellCheck={false}
            placeholder="-----BEGIN CERTIFICATE-----"
            onChange={(event) => setAuthority(event.target.value)}
          />
        </label>
      ) : null}
      <ProblemAlert problem={act.error} />
      <div className="button-row">
        <Button
          color="primary"
          variant="solid"
          loading={act.isPending}
          disabled={name.trim() === '' || address.trim() === '' || place === ''}
          onClick={() =>
            act.mutate(
              {
                params: { engagementId },
                body: {
                  name,
                  channel,
                  form,
                  jurisdiction: place,
                  address: address.trim(),
                  ...(overTls && authority.trim() !== '' ? { authority } : {}),
                },
              },
              { onSuccess: (list) => onDone(list.secret) },
            )
          }
        >
          {t('conduct.receivers.add')}
        </Button>
        <Button onClick={() => onDone(null)}>{t('action.cancel')}</Button>
      </div>
    </div>
  )
}
