import type { ScopeVersionView } from '@zhongheng/contracts/http/engagements.ts'
import { App, Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../../api/hooks.ts'
import { Panel } from '../../../ui/Panel.tsx'
import { ReasonModal } from '../../../ui/ReasonModal.tsx'
import { useEngagement } from '../engagement-context.ts'
import { LineChanges } from './LineChanges.tsx'

/** A proposed version: how it differs, who approved, and the decision of whoever may sign. */
export function ChangeDecision({
  version,
  before,
}: {
  version: ScopeVersionView
  before?: ScopeVersionView
}): ReactNode {
  const { t } = useTranslation()
  const { message } = App.useApp()
  const page = useEngagement()
  const [asked, setAsked] = useState<'approve' | 'refuse' | null>(null)
  const act = useAct('POST /api/engagements/:engagementId/scope/changes/:scopeVersionId/decision')
  const mayDecide = page.may.includes('scope.approve') && !version.approvals.includes(page.myRole)
  return (
    <Panel
      title={t('scope.decide', { number: version.number })}
      about={t('scope.decideAbout')}
      extra={
        mayDecide ? (
          <div className="button-row">
            <Button color="primary" variant="solid" onClick={() => setAsked('approve')}>
              {t('scope.approve')}
            </Button>
            <Button danger onClick={() => setAsked('refuse')}>
              {t('scope.refuse')}
            </Button>
          </div>
        ) : undefined
      }
    >
      <div className="stack">
        <p className="quiet">
          {version.approvals.length === 0
            ? t('scope.nobodyYet')
            : t('scope.approvedBy', { roles: version.approvals.map((role) => t(`role.${role}`)).join(' · ') })}
        </p>
        {before ? <LineChanges before={before.text} after={version.text} /> : null}
      </div>
      {asked ? (
        <ReasonModal
          title={asked === 'approve' ? t('scope.approve') : t('scope.refuse')}
          about={t('scope.proposeAbout')}
          confirm={asked === 'approve' ? t('scope.approve') : t('scope.refuse')}
          danger={asked === 'refuse'}
          min={2}
          pending={act.isPending}
          problem={act.error}
          onCancel={() => {
            setAsked(null)
            act.reset()
          }}
          onConfirm={(reason) =>
            act.mutate(
              {
                params: { engagementId: page.engagementId, scopeVersionId: version.scopeVersionId },
                body: { verdict: asked, reason },
              },
              {
                onSuccess: () => {
                  setAsked(null)
                  void message.success(t('scope.decided'))
                },
              },
            )
          }
        />
      ) : null}
    </Panel>
  )
}
