import type { ProofView } from '@zhongheng/contracts/http/engagements.ts'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { ConfirmLetter } from './ConfirmLetter.tsx'
import { Outgoing } from './Outgoing.tsx'
import { ProofLetter } from './ProofLetter.tsx'
import { StartProof } from './StartProof.tsx'
import { useEngagement } from './engagement-context.ts'

const tones: Record<ProofView['state'], string> = { waiting: 'warn', proven: 'ok', failed: 'bad', expired: 'bad' }

/** Ownership, object by object: what is proven, what to do for the rest. */
export default function ProofsTab(): ReactNode {
  const { t } = useTranslation()
  const page = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/proofs', { params: { engagementId: page.engagementId } })
  const mayManage = page.may.includes('proof.manage')
  const [starting, setStarting] = useState<string | null>(null)
  return (
    <Loaded query={found}>
      {({ proofs, missing: unproven }) => {
        // An object whose proof is under way has its row below.
        const missing = unproven.filter((object) => !proofs.some((proof) => proof.object === object))
        return (
          <div className="stack">
            {missing.length > 0 ? (
              <Panel title={t('engagement.proofs.missing')} about={t('engagement.proofs.missingWhy')} flush>
                {missing.map((object) => (
                  <div key={object} className="record">
                    <div className="record-head">
                      <code className="break">{object}</code>
                      {mayManage && starting !== object ? (
                        <Button color="primary" variant="solid" size="small" onClick={() => setStarting(object)}>
                          {t('engagement.proofs.start')}
                        </Button>
                      ) : null}
                    </div>
                    {starting === object ? <StartProof object={object} onDone={() => setStarting(null)} /> : null}
                  </div>
                ))}
              </Panel>
            ) : null}
            {missing.length === 0 && proofs.length > 0 && proofs.every(({ state }) => state === 'proven') ? (
              <Notice tone="ok" title={t('engagement.proofs.allProven')} />
            ) : null}
            <Panel title={t('engagement.proofs.title')} about={t('engagement.proofs.about')} flush>
              {proofs.length === 0 ? (
                <EmptyState
                  icon="shield"
                  title={missing.length > 0 ? t('engagement.proofs.missing') : t('engagement.proofs.empty')}
                  why={missing.length > 0 ? t('engagement.proofs.missingWhy') : t('engagement.proofs.emptyWhy')}
                />
              ) : (
                proofs.map((proof) => (
                  <ProofRow
                    key={proof.proofId}
                    proof={proof}
                    mayManage={mayManage}
                    mayConfirm={page.may.includes('proof.confirm')}
                  />
                ))
              )}
            </Panel>
            <Outgoing />
          </div>
        )
      }}
    </Loaded>
  )
}

function ProofRow({
  proof,
  mayManage,
  mayConfirm,
}: {
  proof: ProofView
  mayManage: boolean
  mayConfirm: boolean
}): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const { engagementId } = useEngagement()
  const act = useAct('POST /api/engagements/:engagementId/proofs/:proofId/check')
  const [asked, setAsked] = useState<'letter' | 'confirm' | 'again' | null>(null)
  const open = proof.state !== 'proven'
  const close = (): void => setAsked(null)
  return (
    <div className="record">
      <div className="record-head">
        <div className="tags">
          <code className="break">{proof.object}</code>
          <span className="tag">{t(`engagement.proofs.methods.${proof.method}`)}</span>
          <span className={`tag ${tones[proof.state]}`}>{t(`engagement.proofs.states.${proof.state}`)}</span>
        </div>
        {open ? (
          <div className="button-row">
            {proof.method !== 'letter' && mayManage ? (
              <Button
                size="small"
                color="primary"
                variant="solid"
                loading={act.isPending}
                onClick={() => act.mutate({ params: { engagementId, proofId: proof.proofId } })}
              >
                {t('engagement.proofs.check')}
              </Button>
            ) : null}
            {proof.method === 'letter' && mayManage && asked === null ? (
              <Button size="small" color="primary" variant="solid" onClick={() => setAsked('letter')}>
                {t('engagement.proofs.sendLetter')}
              </Button>
            ) : null}
            {proof.method === 'letter' && mayConfirm && asked === null ? (
              <Button size="small" color="primary" variant="solid" onClick={() => setAsked('confirm')}>
                {t('engagement.proofs.confirmLetter')}
              </Button>
            ) : null}
            {mayManage && asked === null ? (
              <Button size="small" onClick={() => setAsked('again')}>
                {t('engagement.proofs.other')}
              </Button>
            ) : null}
          </div>
        ) : null}
      </div>
      {open ? (
        <>
          <p className="quiet">{say(proof.instruction)}</p>
          <div className="secret-box">
            <code>{proof.challenge}</code>
            <CopyButton text={proof.challenge} />
          </div>
        </>
      ) : null}
      <p className="record-meta proof-meta">
        {proof.lastCheck ? (
          <span>
            {t('engagement.proofs.lastCheck')} <Moment at={proof.lastCheck.at} seconds />: {say(proof.lastCheck.result)}
          </span>
        ) : null}
        {proof.expiresAt === null ? null : (
          <span>
            {t('engagement.proofs.expires')} <Moment at={proof.expiresAt} />
          </span>
        )}
      </p>
      <ProblemAlert problem={act.error} />
      {asked === 'letter' ? <ProofLetter proofId={proof.proofId} onDone={close} /> : null}
      {asked === 'confirm' ? <ConfirmLetter proofId={proof.proofId} onDone={close} /> : null}
      {asked === 'again' ? <StartProof object={proof.object} onDone={close} /> : null}
    </div>
  )
}
