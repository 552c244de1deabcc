import { Link } from '@tanstack/react-router'
import type { SeparationView } from '@zhongheng/contracts/http/administration.ts'
import { Switch } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { PostTags } from '../members/PostTags.tsx'
import { RefusalOrApproval } from './AskApproval.tsx'

/** Whether the own organisation keeps its three administrators apart, and what stands in the way. */
export function SeparationRule(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/separation')
  return (
    <Panel title={t('approvals.separation.title')} about={t('approvals.separation.about')}>
      <Loaded query={found} lines={2}>
        {(rule) => <Rule rule={rule} />}
      </Loaded>
    </Panel>
  )
}

function Rule({ rule }: { rule: SeparationView }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('PUT /api/separation')
  const wished = { separated: !rule.separated, version: rule.version }
  return (
    <div className="stack-tight">
      <label className="approval-rule">
        <Switch
          checked={rule.separated}
          disabled={!rule.mayChange}
          loading={act.isPending}
          onChange={() => act.mutate({ body: wished })}
        />
        <span>
          {t('approvals.separation.rule')}
          <span className="muted"> {t('approvals.separation.ruleHint')}</span>
        </span>
      </label>
      {!rule.separated && rule.mayChange && rule.overlapping.length > 0 ? (
        <Notice tone="info" title={t('approvals.separation.overlapping')}>
          <ul className="overlapping">
            {rule.overlapping.map(({ name, posts, invited }, at) => (
              <li key={`${at} ${name}`}>
                <strong>{name}</strong>
                {invited ? t('approvals.separation.invited') : ''} <PostTags posts={posts} />
              </li>
            ))}
          </ul>
          <Link to="/members">{t('approvals.separation.toMembers')}</Link>
        </Notice>
      ) : null}
      {!rule.separated && rule.mayChange && rule.missing.length > 0 ? (
        <p className="muted">
          {t('approvals.separation.missing', { posts: rule.missing.map((post) => t(`post.${post}`)).join(' · ') })}
        </p>
      ) : null}
      <RefusalOrApproval problem={act.error} act={{ kind: 'separation', ...wished }} />
    </div>
  )
}
