import { Link } from '@tanstack/react-router'
import type { FindingPage } from '@zhongheng/contracts/http/findings.ts'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { useLanguage } from '../../i18n/index.ts'
import { Icon } from '../../ui/Icon.tsx'
import { Markdown } from '../../ui/Markdown.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { findingLooks, type FindingState } from '../../ui/states.ts'
import { AttachmentList } from '../attachments/AttachmentList.tsx'
import { historyOf } from './history.ts'

type Decision = FindingPage['decisions'][number]
type Comment = FindingPage['comments'][number]

/** Decisions and comments, oldest first. */
export function History({ page }: { page: FindingPage }): ReactNode {
  return (
    <ol className="history">
      {historyOf(page).map((item) => {
        switch (item.kind) {
          case 'submitted':
            return <Submitted key="submitted" page={page} />
          case 'decision':
            return <DecisionItem key={`${item.at} ${item.decision.move}`} decision={item.decision} />
          case 'comment':
            return <CommentItem key={item.comment.commentId} comment={item.comment} page={page} />
        }
      })}
    </ol>
  )
}

function Who({
  name,
  role,
  at,
  index,
}: {
  name: string
  role: Decision['role']
  at: string
  index?: number | null
}): ReactNode {
  const { t } = useTranslation()
  return (
    <span className="history-who muted">
      <span>
        {name} · {t(`role.${role}`)}
      </span>
      <Moment at={at} seconds />
      {index === undefined ? null : index === null ? (
        <span>{t('findings.page.pending')}</span>
      ) : (
        <Link to="/ledger" search={{ entry: String(index) }}>
          {t('findings.page.entry', { index })}
        </Link>
      )}
    </span>
  )
}

function Submitted({ page }: { page: FindingPage }): ReactNode {
  const { t } = useTranslation()
  return (
    <li>
      <strong>{t('findings.page.submitted')}</strong>
      <Who name={page.testerName} role="tester" at={page.submittedAt} index={page.ledger.submitted} />
    </li>
  )
}

function DecisionItem({ decision }: { decision: Decision }): ReactNode {
  const words = useTranslation()
  const { t } = words
  const { say } = useLanguage()
  const word = (state: string): string =>
    Object.hasOwn(findingLooks, state) ? t(`findingState.${state as FindingState}`) : state
  return (
    <li className="decision">
      <div className="history-top">
        <strong>{say(decision.title)}</strong>
        <span className="muted">{t('findings.page.fromTo', { from: word(decision.from), to: word(decision.to) })}</span>
      </div>
      <Who name={decision.byName} role={decision.role} at={decision.at} index={decision.ledgerIndex} />
      {decision.reason === '' ? null : <p className="history-reason">{decision.reason}</p>}
      {decision.reasonCode === null && decision.cites === null ? null : (
        <p className="history-cites">
          {decision.reasonCode === null ? null : (
            <span className="tag">
              {t('findings.page.code')} {codeWord(decision.reasonCode, words)}
            </span>
          )}
          {decision.cites === null ? null : (
            <span>
              <span className="muted">{t('findings.page.cites')}</span> {decision.cites}
            </span>
          )}
        </p>
      )}
    </li>
  )
}

/** A decision keeps the code alone; a code of a later version of the server is shown as it is. */
function codeWord(code: string, { t, i18n }: ReturnType<typeof useTranslation>): string {
  return i18n.exists(`findings.page.codes.${code}`)
    ? (t as (key: string) => string)(`findings.page.codes.${code}`)
    : code
}

function CommentItem({ comment, page }: { comment: Comment; page: FindingPage }): ReactNode {
  const files = page.attachments.filter(({ commentId }) => commentId === comment.commentId)
  const { t } = useTranslation()
  return (
    <li className={`comment ${comment.audience}`}>
      {comment.audience === 'everyone' ? null : (
        <span className="comment-audience">
          <Icon name={comment.audience === 'internal' ? 'key' : 'people'} size={14} />
          {t(`findings.comment.${comment.audience}Tag`)}
        </span>
      )}
      <Who name={comment.byName} role={comment.role} at={comment.at} />
      <Markdown text={comment.body} />
      {files.length > 0 ? <AttachmentList engagementId={page.engagementId} files={files} /> : null}
    </li>
  )
}
