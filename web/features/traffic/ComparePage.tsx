import { useQuery } from '@tanstack/react-query'
import { Link, getRouteApi } from '@tanstack/react-router'
import type { ExchangePage } from '@zhongheng/contracts/http/traffic.ts'
import { type ReactNode, useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Icon } from '../../ui/Icon.tsx'
import { ReaderMark } from '../../ui/ReaderMark.tsx'
import { prettyJson } from './bodies.ts'
import { diffLines } from './diff.ts'
import { ExchangeStatus } from './ExchangeList.tsx'
import { ReadRecord } from './ReadRecord.tsx'
import './traffic.css'

const route = getRouteApi('/shell/engagements/$engagementId/traffic-compare')
const key = 'GET /api/engagements/:engagementId/exchanges/:exchangeId'

/** Two exchanges against each other, line by line. Opening it reads both; each reading is an entry. */
export default function ComparePage(): ReactNode {
  const { t } = useTranslation()
  const { engagementId } = route.useParams()
  const { a, b } = route.useSearch()
  return (
    <section className="traffic-compare">
      <Link to="/engagements/$engagementId/traffic" params={{ engagementId }} className="exchange-back">
        <Icon name="back" size={16} /> {t('traffic.view.back')}
      </Link>
      {a === undefined || b === undefined ? (
        <EmptyState icon="traffic" title={t('traffic.compare.none')} why={t('traffic.compare.how')} />
      ) : (
        <Two engagementId={engagementId} ids={[a, b]} />
      )}
    </section>
  )
}

function useExchange(engagementId: string, exchangeId: string) {
  const queryKey = [key, { engagementId, exchangeId }]
  const query = useQuery<ExchangePage, ApiProblem>({
    queryKey,
    queryFn: ({ signal }) => callWith(key, { params: { engagementId, exchangeId } }, { signal }),
    staleTime: 'static',
    gcTime: 0,
  })
  return { query, queryKey }
}

function Two({ engagementId, ids }: { engagementId: string; ids: readonly [string, string] }): ReactNode {
  const one = useExchange(engagementId, ids[0])
  const other = useExchange(engagementId, ids[1])
  return (
    <ReadRecord {...one}>
      {(left) => <ReadRecord {...other}>{(right) => <Compared left={left} right={right} />}</ReadRecord>}
    </ReadRecord>
  )
}

function bodyOf(page: ExchangePage, side: 'request' | 'response'): string {
  const text = page.content[side].text ?? (page[side].binary ? '' : page[side].body)
  return prettyJson(text) ?? text
}

function Compared({ left, right }: { left: ExchangePage; right: ExchangePage }): ReactNode {
  const { t } = useTranslation()
  const parts = [
    ['requestHead', left.request.head, right.request.head],
    ['requestBody', bodyOf(left, 'request'), bodyOf(right, 'request')],
    ['responseHead', left.response.head, right.response.head],
    ['responseBody', bodyOf(left, 'response'), bodyOf(right, 'response')],
  ] as const
  return (
    <div className="marked">
      <ReaderMark mark={left.mark} />
      <div className="compare-heads">
        {[left, right].map((page, at) => (
          <p key={page.exchangeId} className="break">
            <span className={at === 0 ? 'tag bad' : 'tag ok'}>{at === 0 ? '−' : '+'}</span>{' '}
            <span className="mono">
              {page.method} {page.host}
              {page.path}
            </span>{' '}
            <ExchangeStatus row={page} />{' '}
            <span className="muted">{t('traffic.view.milliseconds', { ms: page.durationMs })}</span>
          </p>
        ))}
      </div>
      {parts.map(([name, one, other]) => (
        <Part key={name} title={t(`traffic.compare.${name}`)} one={one} other={other} />
      ))}
    </div>
  )
}

function Part({ title, one, other }: { title: string; one: string; other: string }): ReactNode {
  const { t } = useTranslation()
  const lines = useMemo(() => diffLines(one, other), [one, other])
  const differ = lines.some(({ kind }) => kind !== 'same')
  return (
    <section>
      <h3>
        {title}{' '}
        <span className={differ ? 'tag warn' : 'tag ok'}>
          {t(
            one === '' && other === ''
              ? 'traffic.compare.empty'
              : differ
                ? 'traffic.compare.differ'
                : 'traffic.compare.same',
          )}
        </span>
      </h3>
      {one === '' && other === '' ? null : (
        <pre className="diff mono" tabIndex={0}>
          {lines.map(({ kind, text }, at) => (
            <span key={`${at} ${kind}`} className={kind}>
              <i aria-hidden>{kind === 'same' ? ' ' : kind === 'gone' ? '−' : '+'}</i>
              {text}
              {'\n'}
            </span>
          ))}
        </pre>
      )}
    </section>
  )
}
