import type { ScopeVersionView } from '@zhongheng/contracts/http/engagements.ts'
import { Button, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../../api/hooks.ts'
import { EmptyState } from '../../../ui/EmptyState.tsx'
import { Loaded } from '../../../ui/Loaded.tsx'
import { useEngagement } from '../engagement-context.ts'
import { ChangeDecision } from './ChangeDecision.tsx'
import { ProbeBox } from './ProbeBox.tsx'
import { ProposeChange } from './ProposeChange.tsx'
import { ScopeEditor } from './ScopeEditor.tsx'
import { ScopeQuestions } from './ScopeQuestions.tsx'
import { ScopeView } from './ScopeView.tsx'
import './scope.css'

/** The scope as one object: its versions, what the gateway makes of it, and changing it. */
export default function ScopeTab(): ReactNode {
  const page = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/scope', { params: { engagementId: page.engagementId } })
  return <Loaded query={found}>{({ versions, inForce }) => <Scope versions={versions} inForce={inForce} />}</Loaded>
}

function Scope({ versions, inForce }: { versions: ScopeVersionView[]; inForce: string | null }): ReactNode {
  const { t } = useTranslation()
  const page = useEngagement()
  const [chosen, setChosen] = useState<string | null>(null)
  const [writing, setWriting] = useState(false)
  const newest = versions[0]
  const shown = versions.find(({ scopeVersionId }) => scopeVersionId === chosen) ?? newest
  // The version that a draft works on is no authority yet: nothing is in force before it is frozen.
  const inForceVersion = versions.find(({ scopeVersionId, state }) => scopeVersionId === inForce && state === 'frozen')
  const mayEdit = page.state === 'draft' && page.may.includes('scope.edit')
  const mayPropose = inForceVersion !== undefined && newest?.state !== 'proposed' && page.may.includes('scope.propose')
  const mayAnswer =
    shown !== undefined &&
    shown === newest &&
    ['draft', 'proposed'].includes(shown.state) &&
    page.may.includes('scope.answer')

  if (mayEdit && (writing || !shown)) {
    return (
      <ScopeEditor
        text={newest?.text ?? ''}
        onDone={() => setWriting(false)}
        {...(newest ? { onCancel: () => setWriting(false) } : {})}
      />
    )
  }
  if (mayPropose && writing) return <ProposeChange text={inForceVersion.text} onDone={() => setWriting(false)} />
  if (!shown) return <EmptyState icon="target" title={t('scope.empty')} why={t('scope.emptyWhyOther')} />
  return (
    <div className="stack">
      <div className="scope-bar">
        <label>
          <span className="quiet">{t('scope.version')}</span>
          <Select
            value={shown.scopeVersionId}
            onChange={setChosen}
            className="scope-version"
            options={versions.map((version) => ({
              value: version.scopeVersionId,
              label: [
                t('scope.versionNumber', { number: version.number }),
                t(`scope.states.${version.state}`),
                ...(version === inForceVersion ? [t('scope.inForce')] : []),
              ].join(' · '),
            }))}
          />
        </label>
        {mayEdit ? (
          <Button color="primary" variant="solid" onClick={() => setWriting(true)}>
            {t('scope.editAgain')}
          </Button>
        ) : null}
        {mayPropose ? <Button onClick={() => setWriting(true)}>{t('scope.propose')}</Button> : null}
      </div>
      {shown.state === 'proposed' ? (
        <ChangeDecision version={shown} {...(inForceVersion ? { before: inForceVersion } : {})} />
      ) : null}
      <div className="columns">
        <div className="stack">
          {shown.questions.length > 0 ? <ScopeQuestions version={shown} mayAnswer={mayAnswer} /> : null}
          <ScopeView version={shown} inForce={shown === inForceVersion} />
        </div>
        <ProbeBox key={shown.scopeVersionId} version={shown} />
      </div>
    </div>
  )
}
