import { Button, Input } from 'antd'
import { type ReactNode, useDeferredValue, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { type BasketItem, basketLimit, toggled } from '../traffic/basket.ts'

/** Chooses own exchanges that passed the gateway: what was put into the basket, and a search over the rest. */
export function EvidencePicker({
  engagementId,
  value = [],
  onChange,
}: {
  engagementId: string
  value?: readonly BasketItem[]
  onChange?: (items: readonly BasketItem[]) => void
}): ReactNode {
  const { t } = useTranslation()
  const [typed, setTyped] = useState('')
  const search = useDeferredValue(typed.trim())
  const found = useApi(
    'GET /api/engagements/:engagementId/exchanges',
    { params: { engagementId }, query: { verdict: 'passed', limit: 30, ...(search === '' ? {} : { search }) } },
    { every: 10_000 },
  )
  const toggle = (item: BasketItem): void => onChange?.(toggled(value, item))
  const line = (item: BasketItem, chosen: boolean): ReactNode => (
    <li key={item.exchangeId}>
      <span className="mono evidence-method">{item.method}</span>
      <span className="mono break evidence-address">
        <span className="muted">{item.host}</span>
        {item.path}
      </span>
      <span className="tag mono">{item.status}</span>
      <span className="muted picker-time">
        <Moment at={item.startedAt} seconds />
      </span>
      <Button size="small" {...(chosen ? {} : { disabled: value.length >= basketLimit })} onClick={() => toggle(item)}>
        {t(chosen ? 'findings.form.evidenceRemove' : 'findings.form.evidenceAdd')}
      </Button>
    </li>
  )
  return (
    <div className="picker">
      {value.length === 0 ? (
        <p className="picker-none muted">{t('findings.form.evidenceNone')}</p>
      ) : (
        <>
          <p className="picker-count">{t('findings.form.evidenceChosen', { count: value.length })}</p>
          <ul className="picker-list chosen">{value.map((item) => line(item, true))}</ul>
        </>
      )}
      <Input
        type="search"
        allowClear
        maxLength={200}
        aria-label={t('findings.form.evidenceSearch')}
        placeholder={t('findings.form.evidenceSearch')}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onPressEnter={(event) => event.preventDefault()}
      />
      <Loaded query={found} lines={4}>
        {({ exchanges }) => {
          const rest = exchanges.filter(({ exchangeId }) => !value.some((one) => one.exchangeId === exchangeId))
          return rest.length === 0 ? (
            <p className="picker-none muted">{t('findings.form.evidenceEmpty')}</p>
          ) : (
            <ul className="picker-list">
              {rest.map(({ exchangeId, method, host, path, status, startedAt }) =>
                line({ exchangeId, method, host, path, status, startedAt }, false),
              )}
            </ul>
          )
        }}
      </Loaded>
    </div>
  )
}
