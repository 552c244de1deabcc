import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import type { TestRulesPage, TestRulesView } from '@zhongheng/contracts/http/test-rules.ts'
import { Button, Collapse, Modal, Tag } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { WriteTestRules } from './WriteTestRules.tsx'
import './conduct.css'

type Role = EngagementPage['myRole']

/** The test rules in force, one that waits, and how they came about. */
export function TestRules({ engagementId, role }: { engagementId: string; role: Role }): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/engagements/:engagementId/test-rules', { params: { engagementId } })
  const [writing, setWriting] = useState(false)
  const page = found.data
  return (
    <Panel
      title={t('conduct.rules.title')}
      about={t('conduct.rules.about')}
      extra={
        page?.mayWrite ? (
          <Button onClick={() => setWriting(true)}>
            {t(page.versions.length > 0 ? 'conduct.rules.write' : 'conduct.rules.first')}
          </Button>
        ) : undefined
      }
    >
      <Loaded query={found} lines={3}>
        {(loaded) => (
          <div className="stack">
            <Versions page={loaded} engagementId={engagementId} role={role} />
            {writing ? (
              <WriteTestRules engagementId={engagementId} page={loaded} onClose={() => setWriting(false)} />
            ) : null}
          </div>
        )}
      </Loaded>
    </Panel>
  )
}

function Versions({ page, engagementId, role }: { page: TestRulesPage; engagementId: string; role: Role }): ReactNode {
  const { t } = useTranslation()
  const inForce = page.versions.find(({ state }) => state === 'in_force')
  const proposed = page.versions.find(({ state }) => state === 'proposed')
  if (page.versions.length === 0)
    return <EmptyState icon="shield" title={t('conduct.rules.none')} why={t('conduct.rules.noneWhy')} />
  return (
    <>
      {inForce ? <Version version={inForce} /> : null}
      {proposed ? (
        <Notice tone="warn" title={t('conduct.rules.waits')}>
          <p>{t('conduct.rules.waitsWhy')}</p>
          <Version version={proposed} />
          {page.mayDecide ? <Decide engagementId={engagementId} version={proposed} role={role} /> : null}
        </Notice>
      ) : null}
      {page.versions.length > 1 ? (
        <Collapse
          ghost
          items={[
            {
              key: 'history',
              label: t('conduct.rules.history', { count: page.versions.length }),
              children: (
                <div className="stack">
                  {page.versions.map((version) => (
                    <Version key={version.rulesId} version={version} />
                  ))}
                </div>
              ),
            },
          ]}
        />
      ) : null}
    </>
  )
}

const colours = { proposed: 'gold', in_force: 'green', superseded: undefined, refused: 'red' } as const

function Version({ version }: { version: TestRulesView }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  return (
    <div className="rules-version">
      <p className="tags">
        <strong>{t('conduct.rules.version', { number: version.number })}</strong>
        <Tag color={colours[version.state]}>{t(`conduct.rules.states.${version.state}`)}</Tag>
      </p>
      {version.lines.length === 0 ? (
        <p className="quiet">{t('conduct.rules.nothing')}</p>
      ) : (
        <ul className="rules-lines">
          {version.lines.map((line) => (
            <li key={line.en} className="break">
              {language === 'en' ? line.en : line.zh}
            </li>
          ))}
        </ul>
      )}
      <p className="quiet break">{version.reason}</p>
      <p className="muted">
        {t('conduct.rules.by', { role: t(`role.${version.proposedRole}`), name: version.proposedBy })}
        <Moment at={version.proposedAt} />
        {version.inForceAt === null || version.inForceAt === version.proposedAt ? null : (
          <>
            {' · '}
            {t('conduct.rules.since')}
            <Moment at={version.inForceAt} />
          </>
        )}
        {version.state === 'proposed' || version.approvals.length > 0
          ? ` · ${
              version.approvals.length === 0
                ? t('conduct.rules.notApproved')
                : t('conduct.rules.approvedBy', {
                    sides: version.approvals.map((side) => t(`role.${side}`)).join(', '),
                  })
            }`
          : null}
      </p>
    </div>
  )
}

function Decide({
  engagementId,
  version,
  role,
}: {
  engagementId: string
  version: TestRulesView
  role: Role
}): ReactNode {
  const { t } = useTranslation()
  const [asked, setAsked] = useState<'approve' | 'refuse' | null>(null)
  const act = useAct('POST /api/engagements/:engagementId/test-rules/:rulesId/decision')
  const close = (): void => {
    setAsked(null)
    act.reset()
  }
  return (
    <div className="button-row">
      {version.approvals.includes(role) ? null : (
        <Button type="primary" onClick={() => setAsked('approve')}>
          {t('conduct.rules.approve')}
        </Button>
      )}
      <Button danger onClick={() => setAsked('refuse')}>
        {t('conduct.rules.refuse')}
      </Button>
      {asked ? (
        <Modal
          open
          title={t('conduct.rules.version', { number: version.number })}
          okText={t(`conduct.rules.${asked}`)}
          cancelText={t('action.cancel')}
          okButtonProps={{ danger: asked === 'refuse' }}
          confirmLoading={act.isPending}
          onCancel={close}
          onOk={() =>
            act.mutate(
              { params: { engagementId, rulesId: version.rulesId }, body: { verdict: asked } },
              { onSuccess: close },
            )
          }
        >
          <div className="stack">
            <p>{t(`conduct.rules.${asked}Sure`)}</p>
            <ProblemAlert problem={act.error} />
          </div>
        </Modal>
      ) : null}
    </div>
  )
}
