import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { throughGateway } from './replay.ts'

/** The command that sends one's own request again, while there is a lease to send it by. */
export function ReplayButton({ engagementId, curl }: { engagementId: string; curl: string }): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/engagements/:engagementId/leases', { params: { engagementId } })
  const lease = found.data?.leases.find(({ state }) => state === 'active')
  return lease ? <CopyButton text={throughGateway(curl, lease.proxyName)} label={t('traffic.view.replay')} /> : null
}
