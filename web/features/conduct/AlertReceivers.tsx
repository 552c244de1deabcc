import type { AlertReceiverView } from '@zhongheng/contracts/http/alert-receivers.ts'
import { Button, Popconfirm } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useLanguage } from '../../i18n/index.ts'
import { CopyButton } from '../../ui/CopyButton.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { placeName } from '../../ui/fields/place-name.ts'
import { ChangePlace } from '../members/ChangePlace.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { AddReceiver } from './AddReceiver.tsx'

/** Where alerts are told outside, and how that goes. */
export function AlertReceivers({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const [adding, setAdding] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const found = useApi(
    'GET /api/engagements/:engagementId/alert-receivers',
    { params: { engagementId } },
    { every: 10_000 },
  )
  return (
    <Panel
      flush
      title={t('conduct.receivers.title')}
      about={t('conduct.receivers.about')}
      extra={
        found.data?.mayManage && !adding ? (
          <Button onClick={() => setAdding(true)}>{t('conduct.receivers.add')}</Button>
        ) : null
      }
    >
      {secret === null ? null : (
        <div className="record-form stack">
          <Notice tone="warn">{t('conduct.receivers.secretOnce')}</Notice>
          <p>
            <code className="break">{secret}</code> <CopyButton text={secret} />
          </p>
          <div>
            <Button size="small" onClick={() => setSecret(null)}>
              {t('conduct.receivers.secretKept')}
            </Button>
          </div>
        </div>
      )}
      {adding ? (
        <AddReceiver
          engagementId={engagementId}
          onDone={(given) => {
            setAdding(false)
            setSecret(given)
          }}
        />
      ) : null}
      <Loaded query={found} lines={3}>
        {(list) => (
          <>
            {list.receivers.length === 0 && !adding ? (
              <EmptyState
                icon="shield"
                title={t('conduct.receivers.none')}
                why={t(list.mayManage ? 'conduct.receivers.noneWhy' : 'conduct.receivers.noneWhyReader')}
              />
            ) : null}
            {list.receivers.map((one) => (
              <Receiver key={one.receiverId} one={one} engagementId={engagementId} mayManage={list.mayManage} />
            ))}
          </>
        )}
      </Loaded>
    </Panel>
  )
}

/** How it goes now: the newest of success and failure decides. */
const standing = (one: AlertReceiverView): 'failing' | 'sent' | 'idle' =>
  one.lastFailureAt !== null && (one.lastSentAt === null || one.lastFailureAt > one.lastSentAt)
    ? 'failing'
    : one.lastSentAt === null
      ? 'idle'
      : 'sent'

const tones = { failing: 'bad', sent: 'ok', idle: '' } as const

function Receiver({
  one,
  engagementId,
  mayManage,
}: {
  one: AlertReceiverView
  engagementId: string
  mayManage: boolean
}): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const params = { engagementId, receiverId: one.receiverId }
  const test = useAct('POST /api/engagements/:engagementId/alert-receivers/:receiverId/test')
  const remove = useAct('DELETE /api/engagements/:engagementId/alert-receivers/:receiverId')
  const place = useAct('PUT /api/engagements/:engagementId/alert-receivers/:receiverId/jurisdiction')
  const [placing, setPlacing] = useState(false)
  const state = standing(one)
  return (
    <article className="record" aria-label={one.name}>
      <div className="record-head">
        <div className="tags">
          <strong className="break">{one.name}</strong>
          <span className={`tag ${tones[state]}`}>{t(`conduct.receivers.standing.${state}`)}</span>
          <span className="tag">{t(`conduct.receivers.channels.${one.channel}`)}</span>
          <span className="tag">{t(`conduct.receivers.forms.${one.form}`)}</span>
          {one.jurisdiction === null ? (
            <span className="tag bad">{t('people.places.unknown')}</span>
          ) : (
            <span className="tag">{placeName(one.jurisdiction, language)}</span>
          )}
        </div>
        {mayManage ? (
          <div className="button-row">
            {one.jurisdiction === null ? (
              <Button size="small" type="primary" onClick={() => setPlacing(true)}>
                {t('people.places.change')}
              </Button>
            ) : null}
            <Button size="small" loading={test.isPending} onClick={() => test.mutate({ params })}>
              {t('conduct.receivers.test')}
            </Button>
            <Popconfirm
              title={t('conduct.receivers.removeSure')}
              okText={t('conduct.receivers.remove')}
              cancelText={t('action.cancel')}
              onConfirm={() => remove.mutate({ params })}
            >
              <Button size="small" danger loading={remove.isPending}>
                {t('conduct.receivers.remove')}
              </Button>
            </Popconfirm>
          </div>
        ) : null}
      </div>
      <p>
        <code className="break">{one.address}</code>
      </p>
      {state === 'failing' && one.lastFailure !== null && one.lastFailureAt !== null ? (
        <Notice tone="warn">
          {t('conduct.receivers.failed')} <Moment at={one.lastFailureAt} />
          {language === 'en' ? ': ' : '：'}
          {language === 'en' ? one.lastFailure.en : one.lastFailure.zh}
        </Notice>
      ) : null}
      <p className="record-meta">
        {one.lastSentAt === null ? (
          t('conduct.receivers.neverSent')
        ) : (
          <>
            {t(`conduct.receivers.sent.${one.channel}`)} <Moment at={one.lastSentAt} />
          </>
        )}
        {one.waiting > 0 ? ` · ${t('conduct.receivers.waiting', { count: one.waiting })}` : null}
        {one.waiting > 0 && state === 'failing' && one.nextTryAt !== null ? (
          <>
            {' · '}
            {t('conduct.receivers.nextTry')} <Moment at={one.nextTryAt} />
          </>
        ) : null}
        {one.givenUp > 0 ? ` · ${t('conduct.receivers.givenUp', { count: one.givenUp })}` : null}
        {one.ownAuthority ? ` · ${t('conduct.receivers.ownAuthority')}` : null}
        {' · '}
        {t('conduct.receivers.addedBy', { name: one.addedBy })} <Moment at={one.addedAt} />
      </p>
      <ProblemAlert problem={test.error ?? remove.error} />
      {placing ? (
        <ChangePlace
          name={one.name}
          now={null}
          ofMember={false}
          problem={place.error}
          pending={place.isPending}
          onClose={() => setPlacing(false)}
          onSave={(code) => {
            if (code === null) return
            place.mutate({ params, body: { jurisdiction: code } }, { onSuccess: () => setPlacing(false) })
          }}
        />
      ) : null}
    </article>
  )
}
