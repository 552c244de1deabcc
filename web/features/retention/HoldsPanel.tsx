import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Holds } from './Holds.tsx'
import { PlaceHold } from './PlaceHold.tsx'

/** Every hold that the reader may know of, on the ledger page. */
export function HoldsPanel(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/holds', {})
  const [placing, setPlacing] = useState(false)
  const button = found.data?.mayPlace ? (
    <Button onClick={() => setPlacing(true)}>{t('retention.place.house')}</Button>
  ) : undefined
  return (
    <Panel title={t('retention.holds.title')} about={t('retention.holds.about')} extra={button}>
      <Loaded query={found} lines={2}>
        {({ holds }) => <Holds holds={holds} />}
      </Loaded>
      {placing ? <PlaceHold engagementId={undefined} onClose={() => setPlacing(false)} /> : null}
    </Panel>
  )
}
