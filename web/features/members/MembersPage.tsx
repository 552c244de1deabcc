import type { Reply } from '@zhongheng/contracts/http/index.ts'
import type { Member } from '@zhongheng/contracts/http/people.ts'
import { Button, Switch } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useApi } from '../../api/hooks.ts'
import { useMe } from '../../app/session.ts'
import { type Column, DataList } from '../../ui/DataList.tsx'
import { EmptyState } from '../../ui/EmptyState.tsx'
import { Loaded } from '../../ui/Loaded.tsx'
import { Moment } from '../../ui/Moment.tsx'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { Panel } from '../../ui/Panel.tsx'
import { Groups } from '../groups/Groups.tsx'
import { GivenEngagements } from '../groups/WorkTeam.tsx'
import { ChangePosts } from './ChangePosts.tsx'
import { placeName } from '../../ui/fields/place-name.ts'
import { useLanguage } from '../../i18n/index.ts'
import { PlaceMember } from './PlaceMember.tsx'
import { ConfirmMember } from './ConfirmMember.tsx'
import { InviteMember } from './InviteMember.tsx'
import { Organisations } from './Organisations.tsx'
import { PostTags } from './PostTags.tsx'
import { RemoveMember } from './RemoveMember.tsx'
import { WithdrawInvitation } from './WithdrawInvitation.tsx'
import './members.css'

type Invited = Reply<'GET /api/members'>['invitations'][number]
type Asked =
  | { what: 'withdraw'; invitation: Invited }
  | { what: 'change' | 'remove' | 'confirm' | 'place'; member: Member }
  | { what: 'invite' }
  | null

const isOpen = ({ acceptedAt, endedAt, expiresAt }: Invited): boolean =>
  acceptedAt === null && endedAt === null && Date.parse(expiresAt) >= Date.now()

export default function MembersPage(): ReactNode {
  const { t } = useTranslation()
  const { language } = useLanguage()
  const me = useMe()
  const found = useApi('GET /api/members')
  const [asked, setAsked] = useState<Asked>(null)
  const [removedToo, setRemovedToo] = useState(false)
  const mayChange = me.may.includes('members.change')
  const close = (): void => setAsked(null)

  const columns: Column<Member>[] = [
    {
      key: 'name',
      label: t('people.members.name'),
      role: 'lead',
      cell: (member) => (
        <div>
          <strong>{member.name}</strong>{' '}
          {member.personId === me.personId ? <span className="tag">{t('people.members.you')}</span> : null}{' '}
          {member.state === 'removed' ? <span className="tag bad">{t('people.members.removed')}</span> : null}
          {member.state === 'held' ? <span className="tag warn">{t('people.members.held')}</span> : null}
          <div className="muted mono">{member.login}</div>
        </div>
      ),
    },
    {
      key: 'posts',
      label: t('people.members.posts'),
      cell: (member) => <PostTags posts={member.posts} ends={member.postEnds} />,
    },
    {
      key: 'place',
      label: t('people.places.place'),
      cell: (member) =>
        member.jurisdiction === null ? (
          <span className="muted">{t('people.places.asHouse')}</span>
        ) : (
          placeName(member.jurisdiction, language)
        ),
    },
    {
      key: 'seen',
      label: t('people.members.lastSeen'),
      cell: (member) =>
        member.lastSeenAt === null ? (
          <span className="muted">{t('people.members.never')}</span>
        ) : (
          <Moment at={member.lastSeenAt} />
        ),
    },
    {
      key: 'joined',
      label: t('people.members.joined'),
      wide: true,
      cell: (member) => <Moment at={member.createdAt} day />,
    },
  ]
  if (mayChange) {
    columns.push({
      key: 'act',
      label: '',
      role: 'end',
      cell: (member) =>
        member.state === 'removed' ? null : (
          <div className="button-row row-buttons">
            {member.state === 'held' ? (
              <Button size="small" type="primary" onClick={() => setAsked({ what: 'confirm', member })}>
                {t('people.members.confirm')}
              </Button>
            ) : (
              <Button size="small" onClick={() => setAsked({ what: 'change', member })}>
                {t('people.members.change')}
              </Button>
            )}
            {member.state === 'active' ? (
              <Button size="small" onClick={() => setAsked({ what: 'place', member })}>
                {t('people.places.change')}
              </Button>
            ) : null}
            {member.personId === me.personId ? null : (
              <Button size="small" danger onClick={() => setAsked({ what: 'remove', member })}>
                {t('people.members.remove')}
              </Button>
            )}
          </div>
        ),
    })
  }
  const withdrawing: Column<Invited> = {
    key: 'act',
    label: '',
    role: 'end',
    cell: (invitation) =>
      isOpen(invitation) ? (
        <div className="button-row row-buttons">
          <Button size="small" danger onClick={() => setAsked({ what: 'withdraw', invitation })}>
            {t('people.members.withdraw')}
          </Button>
        </div>
      ) : null,
  }
  return (
    <>
      <PageHeader
        title={t('people.members.title')}
        about={t('people.members.subtitle')}
        actions={
          me.may.includes('members.invite') ? (
            <Button type="primary" onClick={() => setAsked({ what: 'invite' })}>
              {t('people.members.invite')}
            </Button>
          ) : undefined
        }
      />
      <Loaded query={found}>
        {({ members, invitations }) => {
          const gone = members.some(({ state }) => state === 'removed')
          return (
            <div className="stack">
              <Panel
                title={me.orgName}
                flush
                extra={
                  gone ? (
                    <label className="button-row quiet">
                      <Switch size="small" checked={removedToo} onChange={setRemovedToo} />{' '}
                      {t('people.members.showRemoved')}
                    </label>
                  ) : undefined
                }
              >
                <DataList
                  label={t('people.members.title')}
                  columns={columns}
                  rows={members.filter(({ state }) => removedToo || state !== 'removed')}
                  rowKey={(member) => member.personId}
                  empty={null}
                />
              </Panel>
              <Panel title={t('people.members.invitations')} flush>
                <DataList
                  label={t('people.members.invitations')}
                  rows={invitations}
                  rowKey={(invitation) => invitation.invitationId}
                  empty={
                    <EmptyState
                      icon="letter"
                      title={t('people.members.noInvitations')}
                      why={t('people.members.noInvitationsWhy')}
                    />
                  }
                  columns={[
                    {
                      key: 'name',
                      label: t('people.members.name'),
                      role: 'lead',
                      cell: (invitation) => <strong>{invitation.name}</strong>,
                    },
                    {
                      key: 'posts',
                      label: t('people.members.posts'),
                      cell: (invitation) => <PostTags posts={invitation.posts} />,
                    },
                    {
                      key: 'state',
                      label: t('engagement.list.state'),
                      cell: (invitation) =>
                        invitation.acceptedAt !== null ? (
                          <span className="tag ok">{t('people.members.accepted')}</span>
                        ) : invitation.endedAt !== null ? (
                          <span className="tag bad">{t('people.members.withdrawn')}</span>
                        ) : Date.parse(invitation.expiresAt) < Date.now() ? (
                          <span className="tag bad">{t('people.members.lapsed')}</span>
                        ) : (
                          <span className="tag warn">{t('people.members.waiting')}</span>
                        ),
                    },
                    {
                      key: 'expires',
                      label: t('people.members.expires'),
                      cell: (invitation) => <Moment at={invitation.expiresAt} />,
                    },
                    ...(me.may.includes('members.invite') ? [withdrawing] : []),
                  ]}
                />
              </Panel>
              <Groups />
              {me.may.includes('groups.keep') ? <GivenEngagements /> : null}
              {me.orgKind === 'organizer' ? <Organisations /> : null}
            </div>
          )
        }}
      </Loaded>
      {asked?.what === 'invite' ? <InviteMember onClose={close} /> : null}
      {asked?.what === 'withdraw' ? <WithdrawInvitation invitation={asked.invitation} onClose={close} /> : null}
      {asked?.what === 'change' ? <ChangePosts member={asked.member} onClose={close} /> : null}
      {asked?.what === 'confirm' ? <ConfirmMember member={asked.member} onClose={close} /> : null}
      {asked?.what === 'place' ? <PlaceMember member={asked.member} onClose={close} /> : null}
      {asked?.what === 'remove' ? <RemoveMember member={asked.member} onClose={close} /> : null}
    </>
  )
}
