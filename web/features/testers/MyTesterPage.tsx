import type { TesterView } from '@zhongheng/contracts/http/testers.ts'
import { App, Button, Form, Select } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useMe } from '../../app/session.ts'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useFormProblem } from '../../ui/fields/use-form-problem.ts'
import { IdentityFields } from './IdentityFields.tsx'
import { OwnSkills } from './OwnSkills.tsx'
import { WithConsent } from '../personal-data/ConsentSwitch.tsx'
import { GradeTag, IdentityTag, basisText } from './marks.tsx'
import './testers.css'

/** A tester's own page: where identity and grade stand, and asking for verification. */
export default function MyTesterPage(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/testers/me')
  return (
    <>
      <PageHeader
        title={t('testers.own.title')}
        about={t('testers.own.about')}
        actions={<LinkButton to="/offers">{t('testers.own.toOffers')}</LinkButton>}
      />
      <Loaded query={found}>
        {(tester) => (
          <div className="columns">
            <Panel title={t('testers.own.identity')}>
              {tester.identity === 'verified' ? (
                <div className="stack">
                  <Verified tester={tester} />
                  <h3>{t('testers.own.skills')}</h3>
                  <OwnSkills key={tester.version} tester={tester} />
                </div>
              ) : (
                <Ask key={tester.version} tester={tester} />
              )}
            </Panel>
            <Panel title={tester.name}>
              <Facts
                rows={[
                  [t('testers.own.state'), <IdentityTag key="identity" identity={tester.identity} />],
                  [t('testers.own.grade'), <GradeTag key="grade" grade={tester.grade} />],
                  ...(tester.gradeBasis === null
                    ? []
                    : [[t('testers.own.basis'), basisText(tester.gradeBasis, t)] as const]),
                  [
                    t('testers.own.record'),
                    t('testers.directory.recordText', {
                      engagements: tester.engagements,
                      findings: tester.findingsConfirmed,
                    }),
                  ],
                  [
                    t('testers.own.skills'),
                    <span key="skills" className="marks">
                      {tester.skills.length === 0
                        ? t('state.none')
                        : tester.skills.map((skill) => (
                            <span key={skill} className="tag">
                              {skill}
                            </span>
                          ))}
                    </span>,
                  ],
                ]}
              />
            </Panel>
          </div>
        )}
      </Loaded>
    </>
  )
}

function Verified({ tester }: { tester: TesterView }): ReactNode {
  const { t } = useTranslation()
  return (
    <Notice tone="ok" title={t('testers.identity.verified')}>
      {tester.identityVerifiedAt === null ? null : (
        <p>
          {t('testers.own.verifiedAt')} <Moment at={tester.identityVerifiedAt} />
        </p>
      )}
    </Notice>
  )
}

type Asked = { realName: string; documentKind: 'cn_id' | 'passport'; documentNumber: string; skills: string[] }

function Ask({ tester }: { tester: TesterView }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const { message } = App.useApp()
  const act = useAct('POST /api/testers/me/identity')
  const [form] = Form.useForm<Asked>()
  const state = tester.identity === 'verified' ? 'none' : tester.identity
  useFormProblem(form, act.error)
  return (
    <div className="stack">
      <Notice
        tone={state === 'refused' ? 'bad' : state === 'asked' ? 'warn' : 'info'}
        title={t(`testers.own.${state}`)}
      >
        <p>{t(`testers.own.${state}Text`)}</p>
      </Notice>
      <Form
        form={form}
        layout="vertical"
        requiredMark={false}
        className="narrow-form"
        initialValues={{ realName: me.name, documentKind: 'cn_id', documentNumber: '', skills: tester.skills }}
        onFinish={(values) =>
          act.mutate(
            {
              body: {
                ...values,
                realName: values.realName.trim(),
                documentNumber: values.documentNumber.trim(),
                // Not there without consent.
                skills: (values as Partial<Asked>).skills ?? [],
              },
            },
            { onSuccess: () => void message.success(t('testers.own.done')) },
          )
        }
      >
        <IdentityFields />
        <Form.Item label={t('testers.own.skills')}>
          <WithConsent purpose="skills">
            <Form.Item name="skills" extra={t('testers.own.skillsHint')} noStyle>
              <Select
                mode="tags"
                maxCount={20}
                maxTagTextLength={40}
                open={false}
                suffixIcon={null}
                aria-label={t('testers.own.skills')}
                tokenSeparators={[',', '，', '、', ';']}
              />
            </Form.Item>
          </WithConsent>
        </Form.Item>
        <div className="stack">
          <ProblemAlert problem={act.error} />
          <div className="button-row">
            <Button type="primary" htmlType="submit" loading={act.isPending}>
              {t('testers.own.submit')}
            </Button>
          </div>
        </div>
      </Form>
    </div>
  )
}
