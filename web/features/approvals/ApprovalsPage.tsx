import type { ApprovalView } from '@zhongheng/contracts/http/approvals.ts'
import { Segmented } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ApprovalCard } from './ApprovalCard.tsx'
import { HouseRules } from './HouseRules.tsx'
import { SeparationRule } from './SeparationRule.tsx'
import './approvals.css'

const views = ['waiting', 'mine', 'decided'] as const
type View = (typeof views)[number]
const isOpen = ({ state }: ApprovalView): boolean => state === 'waiting' || state === 'approved'
const inView: { readonly [view in View]: (one: ApprovalView) => boolean } = {
  waiting: (one) => one.mayDecide,
  mine: (one) => one.mine && isOpen(one),
  decided: (one) => !one.mayDecide && !(one.mine && isOpen(one)),
}

/** Acts by two persons: what waits for me, what I asked for, what was decided. */
export default function ApprovalsPage(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/approvals', {}, { every: 15_000 })
  const [chosen, setChosen] = useState<View | null>(null)
  return (
    <>
      <PageHeader title={t('approvals.title')} about={t('approvals.about')} />
      <div className="stack">
        <Loaded query={found}>
          {({ approvals }) => {
            // Somebody who only asked finds the own requests first.
            const view = chosen ?? views.find((one) => approvals.some(inView[one])) ?? 'waiting'
            const shown = approvals.filter(inView[view])
            return (
              <Panel
                title={t(`approvals.views.${view}`)}
                extra={
                  <Segmented
                    className="approval-views"
                    aria-label={t('approvals.title')}
                    value={view}
                    onChange={setChosen}
                    options={views.map((value) => ({
                      value,
                      label: `${t(`approvals.views.${value}`)} ${approvals.filter(inView[value]).length}`,
                    }))}
                  />
                }
              >
                {shown.length === 0 ? (
                  <EmptyState icon="inbox" title={t(`approvals.empty.${view}`)} why={t(`approvals.emptyWhy.${view}`)} />
                ) : (
                  <ul className="approvals">
                    {shown.map((one) => (
                      <ApprovalCard key={one.approvalId} approval={one} />
                    ))}
                  </ul>
                )}
              </Panel>
            )
          }}
        </Loaded>
        <HouseRules />
        <SeparationRule />
      </div>
    </>
  )
}
