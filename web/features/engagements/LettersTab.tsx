import type { LetterView } from '@zhongheng/contracts/http/engagements.ts'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { useApi } from '../../api/hooks.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { TimeWindow } from '../../ui/TimeWindow.tsx'
import { useDownload } from '../../ui/use-download.ts'
import { useEngagement } from './engagement-context.ts'

const tones: Record<LetterView['state'], string> = {
  valid: 'ok',
  not_yet: 'warn',
  superseded: '',
  revoked: 'bad',
  expired: 'bad',
}

/** The authorisation letter: files, check code, the public page that confirms it; earlier ones below. */
export default function LettersTab(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = useEngagement()
  const found = useApi('GET /api/engagements/:engagementId/letters', { params: { engagementId } })
  return (
    <Loaded query={found}>
      {({ letters: [newest, ...earlier] }) =>
        newest ? (
          <div className="stack">
            <Panel
              title={t('engagement.letters.title')}
              about={t('engagement.letters.about')}
              extra={<LetterState letter={newest} />}
            >
              <Letter letter={newest} engagementId={engagementId} />
            </Panel>
            {earlier.length > 0 ? (
              <Panel title={t('engagement.letters.earlier')} flush>
                {earlier.map((letter) => (
                  <div key={letter.letterId} className="record">
                    <div className="record-head">
                      <h3 className="mono">{letter.number}</h3>
                      <LetterState letter={letter} />
                    </div>
                    <Letter letter={letter} engagementId={engagementId} />
                  </div>
                ))}
              </Panel>
            ) : null}
          </div>
        ) : (
          <div className="panel">
            <EmptyState icon="letter" title={t('engagement.letters.empty')} why={t('engagement.letters.emptyWhy')} />
          </div>
        )
      }
    </Loaded>
  )
}

function LetterState({ letter }: { letter: LetterView }): ReactNode {
  const { t } = useTranslation()
  return <span className={`tag ${tones[letter.state]}`}>{t(`engagement.letters.states.${letter.state}`)}</span>
}

function Letter({ letter, engagementId }: { letter: LetterView; engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const params = { engagementId, letterId: letter.letterId }
  const checked = useDownload(engagementId).link('document', letter.letterId)
  return (
    <div className="stack">
      <Facts
        rows={[
          [t('engagement.letters.number'), <code key="number">{letter.number}</code>],
          [t('engagement.letters.code'), <code key="code">{letter.checkCode}</code>],
          [t('engagement.letters.scope'), t('scope.versionNumber', { number: letter.scopeNumber })],
          [t('engagement.letters.validity'), <TimeWindow key="validity" opens={letter.opens} closes={letter.closes} />],
          [t('engagement.letters.issued'), <Moment key="issued" at={letter.issuedAt} seconds />],
          [
            t('engagement.letters.digests'),
            <div key="digests">
              <div>
                PDF <code className="break">{letter.sha256.pdf}</code>
              </div>
              <div>
                DOCX <code className="break">{letter.sha256.docx}</code>
              </div>
            </div>,
          ],
        ]}
      />
      <div className="button-row">
        <Button
          color="primary"
          variant="solid"
          href={addressOf('GET /api/engagements/:engagementId/letters/:letterId/file.pdf', { params })}
          download
          onClick={checked}
        >
          {t('engagement.letters.pdf')}
        </Button>
        <Button
          href={addressOf('GET /api/engagements/:engagementId/letters/:letterId/file.docx', { params })}
          download
          onClick={checked}
        >
          {t('engagement.letters.docx')}
        </Button>
        <Button href={letter.verifyPath} target="_blank" rel="noopener">
          {t('engagement.letters.verify')}
        </Button>
        <CopyButton text={new URL(letter.verifyPath, location.origin).href} label={t('engagement.letters.copyLink')} />
      </div>
    </div>
  )
}
