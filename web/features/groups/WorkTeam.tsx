import type { WorkTeam } from '@zhongheng/contracts/http/groups.ts'
import { Button, DatePicker, Modal, Select } from 'antd'
import dayjs from 'dayjs'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useAct, useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { useLanguage } from '../../i18n/index.ts'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { DataList } from '../../ui/DataList.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Notice } from '../../ui/Notice.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { momentText } from '../../ui/moment-text.ts'
import '../members/members.css'

/** Who of the own organisation works on one engagement. */
export function WorkTeamPanel({ engagementId }: { engagementId: string }): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/engagements/:engagementId/work-team', { params: { engagementId } })
  const [editing, setEditing] = useState(false)
  return (
    <Panel
      title={t('groups.team.title')}
      about={t('groups.team.about')}
      extra={
        found.data?.mayGive ? <Button onClick={() => setEditing(true)}>{t('groups.team.change')}</Button> : undefined
      }
    >
      <Loaded query={found} lines={2}>
        {(team) => (
          <>
            <TeamWords team={team} />
            {editing ? <EditTeam team={team} onClose={() => setEditing(false)} /> : null}
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function TeamWords({ team }: { team: WorkTeam }): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  if (team.grants.length === 0) return <p>{t('groups.team.all')}</p>
  return (
    <div className="stack-tight">
      <span className="post-tags">
        {team.grants.map(({ groupId, personId, name, endsAt }) => (
          <span key={groupId ?? personId} className="tag">
            {groupId === null ? name : t('groups.team.group', { name })}
            {endsAt === null
              ? ''
              : ` · ${t('people.members.until', { moment: momentText(endsAt, language, 'minutes') })}`}
          </span>
        ))}
      </span>
      {team.workers.length === 0 ? (
        <Notice tone="warn" title={t('groups.team.nobody')} />
      ) : (
        <p className="muted">{t('groups.team.now', { names: team.workers.join(' · ') })}</p>
      )}
    </div>
  )
}

/** Engagements that were given to some: who keeps the groups finds them here, also those that they do not work on. */
export function GivenEngagements(): ReactNode {
  const { t } = useTranslation()
  const found = useApi('GET /api/work-teams')
  const [editing, setEditing] = useState<WorkTeam | null>(null)
  return (
    <Panel title={t('groups.given.title')} about={t('groups.given.about')} flush>
      <Loaded query={found} lines={2}>
        {({ teams }) => (
          <DataList
            label={t('groups.given.title')}
            rows={teams}
            rowKey={(team) => team.engagementId}
            empty={<EmptyState icon="target" title={t('groups.given.empty')} why={t('groups.given.emptyWhy')} />}
            columns={[
              {
                key: 'title',
                label: t('groups.given.engagement'),
                role: 'lead',
                cell: (team) => <strong>{team.title}</strong>,
              },
              { key: 'team', label: t('groups.team.title'), cell: (team) => <TeamWords team={team} /> },
              {
                key: 'act',
                label: '',
                role: 'end',
                cell: (team) => (
                  <Button size="small" onClick={() => setEditing(team)}>
                    {t('groups.team.change')}
                  </Button>
                ),
              },
            ]}
          />
        )}
      </Loaded>
      {editing === null ? null : <EditTeam team={editing} onClose={() => setEditing(null)} />}
    </Panel>
  )
}

function EditTeam({ team, onClose }: { team: WorkTeam; onClose: () => void }): ReactNode {
  const { t } = useTranslation()
  const me = useMe()
  const groups = useApi('GET /api/groups')
  const members = useApi('GET /api/members')
  const act = useAct('PUT /api/engagements/:engagementId/work-team')
  const [chosen, setChosen] = useState(team.grants.map(({ groupId, personId }) => groupId ?? personId ?? ''))
  const [ends, setEnds] = useState<{ readonly [id: string]: string | undefined }>(
    Object.fromEntries(
      team.grants.flatMap(({ groupId, personId, endsAt }) =>
        endsAt === null ? [] : [[groupId ?? personId ?? '', endsAt]],
      ),
    ),
  )
  const groupIds = new Set(groups.data?.groups.map(({ groupId }) => groupId))
  const options = [
    {
      label: t('groups.title'),
      options: (groups.data?.groups ?? []).map(({ groupId, name }) => ({ value: groupId, label: name })),
    },
    {
      label: t('people.members.title'),
      options: (members.data?.members ?? [])
        .filter(({ state }) => state !== 'removed')
        .map(({ personId, name, login }) => ({ value: personId, label: `${name} · ${login}` })),
    },
  ]
  const nameOf = (id: string): string =>
    options.flatMap((one) => one.options).find(({ value }) => value === id)?.label ?? id
  const body = {
    grants: chosen.map((id) => ({
      ...(groupIds.has(id) ? { groupId: id } : { personId: id }),
      ...(ends[id] === undefined ? {} : { endsAt: ends[id] }),
    })),
    version: team.version,
  }
  // Somebody who leaves themselves out closes the engagement to themselves.
  const inChosenGroup = (groups.data?.groups ?? []).some(
    ({ groupId, members: people }) =>
      chosen.includes(groupId) && people.some(({ personId }) => personId === me.personId),
  )
  const without = chosen.length > 0 && !chosen.includes(me.personId) && !inChosenGroup
  return (
    <Modal
      open
      title={t('groups.team.changeTitle', { title: team.title })}
      okText={t('action.save')}
      cancelText={t('action.cancel')}
      confirmLoading={act.isPending}
      okButtonProps={{ disabled: groups.data === undefined || members.data === undefined }}
      onCancel={onClose}
      onOk={() => act.mutate({ params: { engagementId: team.engagementId }, body }, { onSuccess: onClose })}
    >
      <div className="stack">
        <label className="stack-tight">
          <span>{t('groups.team.who')}</span>
          <Select
            mode="multiple"
            optionFilterProp="label"
            placeholder={t('groups.team.all')}
            value={chosen}
            onChange={setChosen}
            options={options}
          />
        </label>
        {chosen.map((id) => (
          <label key={id} className="stack-tight">
            <span>{t('groups.team.endOf', { name: nameOf(id) })}</span>
            <DatePicker
              showTime={{ format: 'HH:mm' }}
              format="YYYY-MM-DD HH:mm"
              placeholder={t('people.members.noEnd')}
              minDate={dayjs()}
              {...(ends[id] ? { value: dayjs(ends[id]) } : {})}
              onChange={(moment) => setEnds({ ...ends, [id]: moment?.toISOString() })}
            />
          </label>
        ))}
        <p className="muted">{t('groups.team.others')}</p>
        {without ? <Notice tone="warn" title={t('groups.team.withoutYou')} /> : null}
        <ProblemAlert problem={act.error} />
      </div>
    </Modal>
  )
}
