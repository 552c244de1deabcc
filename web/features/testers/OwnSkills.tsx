import type { TesterView } from '@zhongheng/contracts/http/testers.ts'
import { Button, Select } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { WithConsent } from '../personal-data/ConsentSwitch.tsx'

/** The own skills, changed whenever their owner likes; nothing to fill in without consent. */
export function OwnSkills({ tester }: { tester: TesterView }): ReactNode {
  const { t } = useTranslation()
  const [skills, setSkills] = useState(tester.skills)
  const act = useAct('PUT /api/testers/me/skills')
  return (
    <WithConsent purpose="skills">
      <div className="stack-tight">
        <Select
          mode="tags"
          aria-label={t('testers.own.skills')}
          maxCount={20}
          maxTagTextLength={40}
          open={false}
          suffixIcon={null}
          tokenSeparators={[',', '，', '、', ';']}
          value={skills}
          onChange={setSkills}
        />
        <span className="muted">{t('testers.own.skillsHint')}</span>
        <ProblemAlert problem={act.error} />
        <div className="button-row">
          <Button loading={act.isPending} onClick={() => act.mutate({ body: { skills, version: tester.version } })}>
            {t('testers.own.saveSkills')}
          </Button>
        </div>
      </div>
    </WithConsent>
  )
}
