import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { LinkButton } from '../../app/LinkButton.tsx'
import { NotFoundPage } from '../../app/NotFoundPage.tsx'
import { useMe } from '../../app/session.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Markdown } from '../../ui/Markdown.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { ReaderMark } from '../../ui/ReaderMark.tsx'
import { SeverityPill } from '../../ui/SeverityPill.tsx'
import { StateChip } from '../../ui/StateChip.tsx'
import { ReadingCode } from '../../ui/UnseenMark.tsx'
import { usePageTitle } from '../../ui/use-page-title.ts'
import { useLanguage } from '../../i18n/index.ts'
import { AttachmentList } from '../attachments/AttachmentList.tsx'
import { ActionComposer } from './ActionComposer.tsx'
import { CommentBox } from './CommentBox.tsx'
import { FindingSide } from './FindingSide.tsx'
import { History } from './History.tsx'
import { useFinding } from './use-finding.ts'

/** A finding with everything around it. Opening it is entered in the ledger, and the page says so. */
export function FindingView({
  engagementId,
  findingId,
  back,
}: {
  engagementId: string
  findingId: string
  back?: ReactNode
}): ReactNode {
  const { t } = useTranslation()
  const found = useFinding(engagementId, findingId)
  if (found.error?.status === 404) return <NotFoundPage />
  return (
    <article className="finding">
      <div className="finding-bar">
        {back ?? <span />}
        <span className="finding-read muted">
          <Icon name="ledger" size={14} />
          {t('findings.page.read')}
          <Button size="small" type="text" loading={found.isFetching} onClick={() => void found.refetch()}>
            {t('findings.page.reload')}
          </Button>
        </span>
      </div>
      <Loaded query={found} lines={10}>
        {(page) => (
          <div className="marked">
            <ReaderMark mark={page.mark} />
            <ReadingCode value={page.mark.code}>
              <Finding page={page} />
            </ReadingCode>
          </div>
        )}
      </Loaded>
    </article>
  )
}

function Finding({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  usePageTitle(page.number)
  const { engagementId, findingId } = page
  const mendable = page.state === 'returned' && page.testerId === me.personId && page.may.includes('finding.submit')
  return (
    <>
      <header className="finding-head">
        <div className="button-row">
          <span className="mono muted">{page.number}</span>
          <SeverityPill severity={page.severity} about={page.cvssVector} />
          <StateChip finding={page.state} />
          <span className="finding-links">
            <CopyButton
              text={`${location.origin}/engagements/${engagementId}/findings/${findingId}`}
              label={t('findings.page.copyLink')}
            />
          </span>
        </div>
        <h2>{page.title}</h2>
        <div className="finding-under muted">
          <span>{page.testerName}</span>
          <Moment at={page.submittedAt} />
          <span className="mono break">{page.asset}</span>
        </div>
      </header>
      {mendable ? (
        <Notice
          tone="warn"
          title={t('findings.page.mendWhy')}
          action={
            <LinkButton
              color="primary"
              variant="solid"
              to="/engagements/$engagementId/findings/$findingId/edit"
              params={{ engagementId, findingId }}
            >
              {t('findings.page.mend')}
            </LinkButton>
          }
        />
      ) : null}
      <div className="finding-columns">
        <div className="finding-main">
          <Part title={t('findings.page.description')}>
            <Markdown text={page.description} />
          </Part>
          <Part title={t('findings.page.steps')}>
            <Markdown text={page.steps} />
          </Part>
          <Part title={t('findings.page.impact')}>
            <Markdown text={page.impact} />
          </Part>
          <Part title={t('findings.page.repair')}>
            {page.repair.trim() === '' ? (
              <p className="muted">{t('findings.page.noRepair')}</p>
            ) : (
              <Markdown text={page.repair} />
            )}
          </Part>
          <Part title={t('findings.page.evidence')} about={t('findings.page.evidenceAbout')}>
            <Evidence page={page} />
          </Part>
          {page.attachments.some(({ commentId }) => commentId === null) ? (
            <Part title={t('attachments.title')} about={t('attachments.about')}>
              <AttachmentList
                engagementId={engagementId}
                files={page.attachments.filter(({ commentId }) => commentId === null)}
              />
            </Part>
          ) : null}
          <Part title={t('findings.page.history')} about={t('findings.page.historyAbout')}>
            <History page={page} />
          </Part>
          {page.moves.length > 0 ? (
            <Part title={t('findings.act.title')}>
              <ActionComposer page={page} />
            </Part>
          ) : null}
          {page.may.includes('finding.comment') ? (
            <Part title={t('findings.comment.title')}>
              <CommentBox page={page} />
            </Part>
          ) : null}
        </div>
        <FindingSide page={page} />
      </div>
    </>
  )
}

function Part({ title, about, children }: { title: string; about?: string; children: ReactNode }): ReactNode {
  return (
    <section className="finding-part">
      <h3>{title}</h3>
      {about === undefined ? null : <p className="finding-part-about muted">{about}</p>}
      {children}
    </section>
  )
}

function Evidence({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const sees = page.may.includes('traffic.read')
  return (
    <>
      {page.disposed ? (
        <Notice tone="warn" title={t('traffic.disposed')}>
          <p>{say(page.disposed.words)}</p>
        </Notice>
      ) : null}
      <ol className="evidence">
        {page.evidence.map((one) => (
          <li key={one.exchangeId}>
            <div className="evidence-line">
              <span className="mono evidence-method">{one.method}</span>
              {one.host === '' ? (
                <span className="muted evidence-address">{t('traffic.addressGone')}</span>
              ) : (
                <span className="mono break evidence-address">
                  {one.scheme}://{one.host}
                  {(one.scheme === 'https' && one.port === 443) || (one.scheme === 'http' && one.port === 80)
                    ? ''
                    : `:${one.port}`}
                  {one.path}
                </span>
              )}
              <span className="tag mono">{one.status}</span>
            </div>
            <div className="evidence-low muted">
              <Moment at={one.startedAt} seconds />
              <code title={`${one.requestDigest}\n${one.responseDigest}`}>
                {one.requestDigest.slice(0, 12)}… / {one.responseDigest.slice(0, 12)}…
              </code>
              {sees ? (
                <Link
                  to="/engagements/$engagementId/traffic/$exchangeId"
                  params={{ engagementId: page.engagementId, exchangeId: one.exchangeId }}
                  preload={false}
                >
                  {t('findings.page.viewTraffic')}
                </Link>
              ) : null}
            </div>
          </li>
        ))}
      </ol>
    </>
  )
}
