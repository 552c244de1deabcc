import { Link, getRouteApi, useNavigate } from '@tanstack/react-router'
import { useQuery } from '@tanstack/react-query'
import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import { Button, Tabs } from 'antd'
import { type ReactNode, useEffect, useState } from 'react'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { LinkButton } from '../../app/LinkButton.tsx'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Facts } from '../../ui/Panel.tsx'
import { ReaderMark } from '../../ui/ReaderMark.tsx'
import { useEngagement } from '../engagements/engagement-context.ts'
import { maySubmit } from '../findings/may-submit.ts'
import { sizeText } from './bodies.ts'
import { ExchangeStatus } from './ExchangeList.tsx'
import { ExportMenu } from './ExportMenu.tsx'
import { Frames } from './Frames.tsx'
import { ReadRecord } from './ReadRecord.tsx'
import { ReplayButton } from './ReplayButton.tsx'
import { SideView } from './SideView.tsx'
import { setBasket, toggled, useBasket } from './basket.ts'

const route = getRouteApi('/shell/engagements/$engagementId/traffic/$exchangeId')
const masked = 'GET /api/engagements/:engagementId/exchanges/:exchangeId'
const unmasked = 'GET /api/engagements/:engagementId/exchanges/:exchangeId/unmasked'

/** One exchange as it was recorded. */
export default function ExchangeView(): ReactNode {
  const { t } = useTranslation()
  const { engagementId, exchangeId } = route.useParams()
  const search = route.useSearch()
  const navigate = useNavigate()
  /** The exchange that is shown with nothing hidden; opening another one hides again. */
  const [revealed, setRevealed] = useState<string>()
  const key = revealed === exchangeId ? unmasked : masked
  // Each reading is an entry of the ledger: it is asked for once an opening, never in the background.
  const queryKey = [key, { engagementId, exchangeId }]
  const found = useQuery<ExchangePage, ApiProblem>({
    queryKey,
    queryFn: ({ signal }) => callWith(key, { params: { engagementId, exchangeId } }, { signal }),
    staleTime: 'static',
    gcTime: 0,
  })
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented)
        void navigate({ to: '/engagements/$engagementId/traffic', params: { engagementId }, search })
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [navigate, engagementId, search])
  return (
    <article className="exchange-view">
      <div className="exchange-view-bar">
        <Link
          to="/engagements/$engagementId/traffic"
          params={{ engagementId }}
          search={search}
          className="exchange-back"
        >
          <Icon name="back" size={16} />
          {t('traffic.view.back')}
        </Link>
        <span className="muted">
          <Icon name="ledger" size={14} /> {t('traffic.view.read')}
        </span>
      </div>
      <ReadRecord query={found} queryKey={queryKey}>
        {(page) => (
          <div className="marked">
            <ReaderMark mark={page.mark} />
            {page.masked === 0 && key === masked ? null : (
              <p className="mask-bar">
                <span className="muted">
                  {key === masked ? t('traffic.mask.hidden', { count: page.masked }) : t('traffic.mask.shown')}
                </span>
                <Button size="small" onClick={() => setRevealed(key === masked ? exchangeId : undefined)}>
                  {t(key === masked ? 'traffic.mask.show' : 'traffic.mask.hide')}
                </Button>
              </p>
            )}
            <Exchange page={page} engagementId={engagementId} />
          </div>
        )}
      </ReadRecord>
    </article>
  )
}

function Exchange({ page, engagementId }: { page: ExchangePage; engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const { say } = useLanguage()
  const me = useMe()
  const engagement = useEngagement()
  const { may } = engagement
  const basket = useBasket(engagementId)
  const standard = (page.scheme === 'https' && page.port === 443) || (page.scheme === 'http' && page.port === 80)
  const cited = basket.some(({ exchangeId }) => exchangeId === page.exchangeId)
  const own = page.testerId === me.personId && maySubmit(engagement)
  const { exchangeId, method, host, path, status, startedAt } = page
  return (
    <>
      <header className="exchange-title">
        <h2 className="mono break">
          {page.disposed === null
            ? `${page.method} ${page.scheme}://${page.host}${standard ? '' : `:${page.port}`}${page.path}`
            : page.method}
        </h2>
        <div className="button-row">
          <ExchangeStatus row={page} />
          <span className="tag">{t(`traffic.kind.${page.kind}`)}</span>
          {page.httpVersion === '2' ? <span className="tag">HTTP/2</span> : null}
          {page.curl === '' ? null : <CopyButton text={page.curl} label={t('traffic.view.curl')} />}
          {own && page.curl !== '' ? <ReplayButton engagementId={engagementId} curl={page.curl} /> : null}
          {may.includes('captures.read') && page.disposed === null ? (
            <ExportMenu engagementId={engagementId} only={[page.sequence]} label={t('traffic.export.one')} />
          ) : null}
          {own && page.refusal === null ? (
            <Button
              size="small"
              type={cited ? 'default' : 'primary'}
              onClick={() =>
                setBasket(engagementId, toggled(basket, { exchangeId, method, host, path, status, startedAt }))
              }
            >
              {t(cited ? 'traffic.view.uncite' : 'traffic.view.cite')}
            </Button>
          ) : null}
          {own && basket.length > 0 ? (
            <LinkButton size="small" to="/engagements/$engagementId/findings/new" params={{ engagementId }}>
              {t('traffic.view.submit', { count: basket.length })}
            </LinkButton>
          ) : null}
        </div>
      </header>
      {page.refusal ? (
        <Notice tone="bad" title={t('traffic.view.refusal')}>
          <RefusalText refusal={page.refusal} />
          <p>
            <code>{page.refusal.rule}</code>
          </p>
        </Notice>
      ) : null}
      {page.disposed ? (
        <Notice tone="warn" title={t('traffic.disposed')}>
          <p>{say(page.disposed.words)}</p>
        </Notice>
      ) : null}
      <Tabs
        items={[
          ...(page.disposed
            ? []
            : [
                {
                  key: 'request',
                  label: t('traffic.view.request'),
                  children: <SideView page={page} which="request" engagementId={engagementId} />,
                },
                {
                  key: 'response',
                  label: t('traffic.view.response'),
                  children: page.refusal ? (
                    <p className="quiet">{t('traffic.view.neverLeft')}</p>
                  ) : (
                    <SideView page={page} which="response" engagementId={engagementId} />
                  ),
                },
              ]),
          ...(page.frames === null
            ? []
            : [
                {
                  key: 'frames',
                  label: t('traffic.view.frames', { count: page.frames.length }),
                  children: <Frames frames={page.frames} />,
                },
              ]),
          {
            key: 'facts',
            label: t('traffic.view.facts'),
            children: <ExchangeFacts page={page} engagementId={engagementId} />,
          },
        ]}
      />
    </>
  )
}

/** What is known of a tunnel that was not looked into. */
function tunnelFacts(page: ExchangePage, t: TFunction): (readonly [string, ReactNode])[] {
  if (page.tunnel === null) return []
  const { serverName, alpn, carried } = page.tunnel
  return [
    ...(serverName === null ? [] : [[t('traffic.view.serverName'), serverName || '—'] as const]),
    ...(alpn.length === 0 ? [] : [[t('traffic.view.alpn'), alpn.join(', ')] as const]),
    ...(carried === null
      ? []
      : [
          [
            t('traffic.view.carried'),
            t('traffic.view.carriedText', {
              sent: sizeText(carried.requestBytes),
              sentChunks: carried.requestChunks,
              received: sizeText(carried.responseBytes),
              receivedChunks: carried.responseChunks,
            }),
          ] as const,
        ]),
  ]
}

function ExchangeFacts({ page, engagementId }: { page: ExchangePage; engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const outcomes = ['complete', 'client_gone', 'target_gone', 'stopped', 'refused'] as const
  const outcome = outcomes.find((one) => one === page.outcome)
  const digest = (value: string): ReactNode => <code className="break">{value}</code>
  return (
    <Facts
      rows={[
        [t('traffic.view.started'), <Moment key="at" at={page.startedAt} seconds />],
        [t('traffic.view.duration'), t('traffic.view.milliseconds', { ms: page.durationMs })],
        [t('traffic.view.tester'), page.testerName],
        [t('traffic.view.outcome'), outcome ? t(`traffic.outcome.${outcome}`) : page.outcome],
        [t('traffic.view.address'), page.address ?? '—'],
        [
          t('traffic.view.certificate'),
          page.targetVerified === null
            ? t('traffic.view.plain')
            : t(page.targetVerified ? 'traffic.view.verified' : 'traffic.view.unverified') +
              (page.targetFault === null ? '' : ` · ${page.targetFault}`),
        ],
        ...(page.notes.length === 0
          ? []
          : [[t('traffic.view.notes'), page.notes.map((note) => t(`traffic.note.${note}`)).join(' · ')] as const]),
        ...(page.egress === null ? [] : [[t('traffic.view.egress'), page.egress] as const]),
        ...tunnelFacts(page, t),
        [t('traffic.view.requestDigest'), digest(page.requestDigest)],
        [t('traffic.view.responseDigest'), digest(page.responseDigest)],
        [
          '',
          <span key="hint" className="muted">
            {t('traffic.view.digestHint')}
          </span>,
        ],
        [t('traffic.view.policyDigest'), digest(page.policyDigest)],
        [t('traffic.view.segment'), digest(page.segmentId)],
        [
          t('traffic.view.ledger'),
          page.ledgerIndex === null ? (
            <span key="open" className="muted">
              {t('traffic.view.notSealed')}
            </span>
          ) : (
            <Link key="entry" to="/ledger" search={{ entry: String(page.ledgerIndex) }}>
              #{page.ledgerIndex}
            </Link>
          ),
        ],
        [
          t('traffic.view.citedBy'),
          page.citedBy.length === 0 ? (
            <span key="none" className="muted">
              {t('traffic.view.notCited')}
            </span>
          ) : (
            <span key="cited" className="tags">
              {page.citedBy.map(({ findingId, number }) => (
                <Link
                  key={findingId}
                  to="/engagements/$engagementId/findings/$findingId"
                  params={{ engagementId, findingId }}
                >
                  {number}
                </Link>
              ))}
            </span>
          ),
        ],
      ]}
    />
  )
}

/** The refusal in the reader's words, with the gateway's own sentence, which names the rule of the scope. */
function RefusalText({ refusal }: { refusal: NonNullable<ExchangePage['refusal']> }): ReactNode {
  const { t, i18n } = useTranslation()
  const { language } = useLanguage()
  const known = i18n.exists(`traffic.refusal.${refusal.code}`)
  return (
    <>
      {known ? <p>{(t as (key: string) => string)(`traffic.refusal.${refusal.code}`)}</p> : null}
      <p className={known ? 'break muted' : 'break'}>
        {language === 'zh-CN' ? (refusal.detailZh ?? refusal.detail) : refusal.detail}
      </p>
    </>
  )
}
