import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import { App, Button, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ReasonModal } from '../../ui/ReasonModal.tsx'
import { isOver } from '../../ui/states.ts'

type Move = EngagementPage['moves'][number]

/** Moves that end or interrupt; they stand below the ones that lead on, and in red. */
const grave = new Set(['cancel', 'terminate', 'stop', 'end_early', 'reject', 'return'])

/** The moves from this state: what may be done now, and for the rest the reason and rule that keep it back. */
export function NextSteps({ page }: { page: EngagementPage }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { message } = App.useApp()
  const [asked, setAsked] = useState<Move | null>(null)
  const act = useAct('POST /api/engagements/:engagementId/moves')
  const onward = page.moves.filter(({ move }) => !grave.has(move))
  // The stop order has its own button in the header.
  const others = page.moves.filter(({ move }) => grave.has(move) && move !== 'stop')

  const close = (): void => {
    setAsked(null)
    act.reset()
  }
  const make = (move: Move, reason?: string): void => {
    act.mutate(
      {
        params: { engagementId: page.engagementId },
        body: { move: move.move, version: page.version, ...(reason === undefined ? {} : { reason }) },
      },
      {
        onSuccess: () => {
          setAsked(null)
          void message.success(t('engagement.overview.done', { move: say(move.title) }))
        },
      },
    )
  }
  const row = (move: Move): ReactNode => (
    <li key={move.move} className={move.refused ? 'move' : 'move open'}>
      <div>
        <strong>{say(move.title)}</strong>{' '}
        <span className="muted">{t('engagement.overview.toState', { state: t(`engagementState.${move.to}`) })}</span>
        {move.refused ? (
          <p className="move-why">
            {t('engagement.overview.refused')}: {say(move.refused.why)}{' '}
            <span className="tag mono">{move.refused.rule}</span>
          </p>
        ) : null}
      </div>
      <Button
        type={grave.has(move.move) ? 'default' : 'primary'}
        danger={grave.has(move.move)}
        disabled={move.refused !== null}
        onClick={() => setAsked(move)}
      >
        {say(move.title)}
      </Button>
    </li>
  )
  return (
    <Panel title={t('engagement.overview.next')} about={t('engagement.overview.nextAbout')}>
      {onward.length + others.length === 0 ? (
        <EmptyState
          icon="clock"
          title={t('engagement.overview.nextNone')}
          why={isOver(page.state) ? t('engagement.overview.nextOver') : t('engagement.overview.nextNoneWhy')}
        />
      ) : (
        <div className="stack">
          {onward.length > 0 ? <ul className="moves">{onward.map(row)}</ul> : null}
          {others.length > 0 ? <ul className="moves">{others.map(row)}</ul> : null}
        </div>
      )}
      {asked?.reason ? (
        <ReasonModal
          title={t('engagement.overview.confirmTitle', { move: say(asked.title) })}
          about={t('engagement.overview.confirmText', { state: t(`engagementState.${asked.to}`) })}
          confirm={say(asked.title)}
          danger={grave.has(asked.move)}
          pending={act.isPending}
          problem={act.error}
          onCancel={close}
          onConfirm={(reason) => make(asked, reason)}
        />
      ) : null}
      {asked && !asked.reason ? (
        <Modal
          open
          title={t('engagement.overview.confirmTitle', { move: say(asked.title) })}
          okText={say(asked.title)}
          cancelText={t('action.cancel')}
          confirmLoading={act.isPending}
          onCancel={close}
          onOk={() => make(asked)}
        >
          <div className="stack">
            <p>{t('engagement.overview.confirmText', { state: t(`engagementState.${asked.to}`) })}</p>
            <ProblemAlert problem={act.error} />
          </div>
        </Modal>
      ) : null}
    </Panel>
  )
}
