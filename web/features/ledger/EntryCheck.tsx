import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Input } from 'antd'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { callWith } from '../../api/call.ts'
import type { ApiProblem } from '../../api/problem.ts'
import { Loading } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Facts, Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { prettyJson } from '../traffic/bodies.ts'
import { type EntryProof, type Verdict, verifyEntry } from './verify.ts'

type Checked = { readonly proof: EntryProof; readonly verdict: Verdict }

/** Fetches an entry with its proof and checks it here. The ledger grows by the second: a proof of another size is asked for again. */
async function check(index: number, signal: AbortSignal): Promise<Checked> {
  for (let tries = 1; ; tries++) {
    const proof = await callWith('GET /api/ledger/entries/:index/proof', { params: { index } }, { signal })
    const verdict = await verifyEntry(proof)
    if (verdict.holds || verdict.fault !== 'other_size' || tries >= 4) return { proof, verdict }
    await new Promise((resolve) => setTimeout(resolve, 700))
    signal.throwIfAborted()
  }
}

/** Looks one entry up by its number and proves it in the browser. */
export function EntryCheck({ entry, size }: { entry: string | undefined; size: number | undefined }): ReactNode {
  const { t } = useTranslation()
  const navigate = useNavigate()
  const [typed, setTyped] = useState(entry ?? '')
  const [shown, setShown] = useState(entry)
  if (entry !== shown) {
    setShown(entry)
    setTyped(entry ?? '')
  }
  const found = useQuery<Checked, ApiProblem>({
    queryKey: ['ledger entry', entry],
    queryFn: ({ signal }) => check(Number(entry), signal),
    enabled: entry !== undefined,
    staleTime: 'static',
    gcTime: 0,
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!/^\d{1,15}$/.test(typed.trim())) return
    if (typed.trim() === entry) void found.refetch()
    else
      void navigate({ to: '/ledger', search: (before: object) => ({ ...before, entry: typed.trim() }), replace: true })
  }
  return (
    <Panel title={t('ledger.entry.title')} about={t('ledger.entry.about')}>
      <div className="stack">
        <form className="button-row" onSubmit={submit}>
          <label className="entry-index">
            <span>{t('ledger.entry.index')}</span>
            <Input
              inputMode="numeric"
              maxLength={15}
              value={typed}
              placeholder={size ? t('ledger.entry.hint', { last: size - 1 }) : ''}
              onChange={(event) => setTyped(event.target.value)}
            />
          </label>
          <Button
            type="primary"
            htmlType="submit"
            loading={found.isFetching}
            disabled={!/^\d{1,15}$/.test(typed.trim())}
          >
            {t('ledger.entry.check')}
          </Button>
        </form>
        {found.error?.status === 404 ? (
          <Notice tone="warn">{t('ledger.entry.notFound')}</Notice>
        ) : (
          <ProblemAlert problem={found.error} />
        )}
        {entry !== undefined && found.isLoading ? <Loading lines={3} /> : null}
        {found.data ? <Result checked={found.data} /> : null}
      </div>
    </Panel>
  )
}

function Result({ checked: { proof, verdict } }: { checked: Checked }): ReactNode {
  const { t } = useTranslation()
  return (
    <div className="stack" aria-live="polite">
      {verdict.holds ? (
        <Notice tone="ok" title={t('ledger.entry.good', { index: proof.index })}>
          <p>{t('ledger.entry.goodText', { steps: proof.path.length, size: verdict.size })}</p>
        </Notice>
      ) : (
        <Notice tone={verdict.fault === 'wrong_root' ? 'bad' : 'warn'} title={t('ledger.entry.bad')}>
          <p>{t(`ledger.entry.why.${verdict.fault}`)}</p>
        </Notice>
      )}
      <div>
        <h3 className="ledger-head">{t('ledger.entry.content')}</h3>
        <pre className="ledger-text">{prettyJson(proof.leaf) ?? proof.leaf}</pre>
      </div>
      {verdict.holds ? (
        <Facts
          rows={[
            [t('ledger.entry.leafHash'), <code key="leaf">{verdict.leafHash}</code>],
            [t('ledger.entry.computed'), <code key="root">{verdict.root}</code>],
          ]}
        />
      ) : null}
      <details>
        <summary>
          {t('ledger.entry.proof')} ({proof.path.length})
        </summary>
        <pre className="ledger-text">{proof.path.join('\n')}</pre>
      </details>
      <p className="muted">{t('ledger.entry.signature')}</p>
    </div>
  )
}
