import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { Icon } from '../../ui/Icon.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'

/** The red button, on every tab, for whoever may stop this test now. */
export function StopOrder({ page }: { page: EngagementPage }): ReactNode {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  const act = useAct('POST /api/engagements/:engagementId/moves')
  const move = page.moves.find((one) => one.move === 'stop' && one.refused === null)
  if (!move && !asking) return null
  return (
    <>
      <Button
        type="primary"
        danger
        size="large"
        className="stop-button"
        icon={<Icon name="stop" />}
        onClick={() => setAsking(true)}
      >
        {t('engagement.stop.button')}
      </Button>
      {asking ? (
        <ReasonModal
          title={t('engagement.stop.title')}
          about={t('engagement.stop.about')}
          confirm={t('engagement.stop.confirm')}
          danger
          pending={act.isPending}
          problem={act.error}
          onCancel={() => {
            setAsking(false)
            act.reset()
          }}
          onConfirm={(reason) =>
            act.mutate(
              { params: { engagementId: page.engagementId }, body: { move: 'stop', reason, version: page.version } },
              { onSuccess: () => setAsking(false) },
            )
          }
        />
      ) : null}
    </>
  )
}
