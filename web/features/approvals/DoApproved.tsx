import { Link } from '@tanstack/react-router'
import type { ApprovalView, TwoPersonAct } from '@zhongheng/contracts/http/approvals.ts'
import { Button, Modal } from 'antd'
import { type ReactNode, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { addressOf } from '../../api/call.ts'
import { freshlyConfirmed } from '../../api/freshly-confirmed.ts'
import { useAct } from '../../api/hooks.ts'
import { ProblemAlert } from '../../ui/ProblemAlert.tsx'
import { useDownload } from '../../ui/use-download.ts'
import { OnceLink } from '../members/OnceLink.tsx'

type ActOf<K extends TwoPersonAct['kind']> = Extract<TwoPersonAct, { kind: K }>

/** Does what was approved, with exactly the values that were approved. */
export function DoApproved({ approval: { act } }: { approval: ApprovalView }): ReactNode {
  switch (act.kind) {
    case 'member_posts':
      return <DoPosts act={act} />
    case 'invitation':
      return <DoInvite act={act} />
    case 'two_person_rules':
      return <DoRules act={act} />
    case 'pack':
      return <DoPack act={act} />
    case 'break_glass':
      return <DoBreakGlass act={act} />
    case 'evidence':
      return <DoDownload act={act} />
    case 'captures':
      return <DoExport act={act} />
    case 'separation':
      return <DoSeparation act={act} />
    case 'disposal':
      return <DoDisposal act={act} />
  }
}

function DoButton({
  act,
  onClick,
}: {
  act: { isPending: boolean; error: Error | null }
  onClick: () => void
}): ReactNode {
  const { t } = useTranslation()
  return (
    <div className="stack-tight">
      <div className="button-row">
        <Button type="primary" loading={act.isPending} onClick={onClick}>
          {t('approvals.doIt')}
        </Button>
      </div>
      <ProblemAlert problem={act.error} />
    </div>
  )
}

function DoPosts({ act: { personId, posts, ends, version } }: { act: ActOf<'member_posts'> }): ReactNode {
  const act = useAct('PATCH /api/members/:personId')
  return (
    <DoButton
      act={act}
      onClick={() =>
        act.mutate({ params: { personId }, body: { posts, ...(ends === undefined ? {} : { ends }), version } })
      }
    />
  )
}

function DoRules({ act: { kind: _kind, ...body } }: { act: ActOf<'two_person_rules'> }): ReactNode {
  const act = useAct('PUT /api/two-person-rules')
  return <DoButton act={act} onClick={() => act.mutate({ body })} />
}

function DoDisposal({ act: { engagementId, disposal } }: { act: ActOf<'disposal'> }): ReactNode {
  const act = useAct('POST /api/engagements/:engagementId/disposals')
  return <DoButton act={act} onClick={() => act.mutate({ params: { engagementId }, body: disposal })} />
}

function DoSeparation({ act: { separated, version } }: { act: ActOf<'separation'> }): ReactNode {
  const act = useAct('PUT /api/separation')
  return <DoButton act={act} onClick={() => act.mutate({ body: { separated, version } })} />
}

function DoInvite({ act: { name, posts } }: { act: ActOf<'invitation'> }): ReactNode {
  const { t } = useTranslation()
  // Read again only when the link was seen: the row, and with it this dialog, changes then.
  const act = useAct('POST /api/invitations', { quiet: true })
  const [open, setOpen] = useState(true)
  return (
    <>
      <DoButton act={act} onClick={() => act.mutate({ body: { name, posts } })} />
      {act.data && open ? (
        <Modal
          open
          title={t('people.members.inviteTitle')}
          okText={t('action.close')}
          cancelButtonProps={{ style: { display: 'none' } }}
          mask={{ closable: false }}
          onOk={() => setOpen(false)}
          onCancel={() => setOpen(false)}
        >
          <OnceLink link={act.data.link} name={name} expiresAt={act.data.invitation.expiresAt} />
        </Modal>
      ) : null}
    </>
  )
}

function DoPack({ act: { engagementId, pack } }: { act: ActOf<'pack'> }): ReactNode {
  const { t } = useTranslation()
  const act = useAct('POST /api/engagements/:engagementId/packs')
  if (act.data)
    return (
      <Link to="/engagements/$engagementId/reports" params={{ engagementId }}>
        {t('reports.pack.title')}
      </Link>
    )
  return <DoButton act={act} onClick={() => act.mutate({ params: { engagementId }, body: pack })} />
}

function DoBreakGlass({ act: { engagementId, minutes } }: { act: ActOf<'break_glass'> }): ReactNode {
  const act = useAct('POST /api/engagements/:engagementId/break-glass')
  return <DoButton act={act} onClick={() => act.mutate({ params: { engagementId }, body: { minutes } })} />
}

function DoDownload({ act: { engagementId } }: { act: ActOf<'evidence'> }): ReactNode {
  const { t } = useTranslation()
  const address = addressOf('GET /api/engagements/:engagementId/evidence.zip', { params: { engagementId } })
  const download = useDownload(engagementId)
  return (
    <div className="button-row">
      <Button
        type="primary"
        onClick={() => {
          void freshlyConfirmed().then((confirmed) => {
            if (confirmed) download.begin('pack', engagementId, address)
          })
        }}
      >
        {t('reports.pack.download')}
      </Button>
    </div>
  )
}

function DoExport({ act: { engagementId, captures } }: { act: ActOf<'captures'> }): ReactNode {
  const { t } = useTranslation()
  return (
    <div className="button-row">
      <Button
        type="primary"
        href={addressOf('GET /api/engagements/:engagementId/captures', { params: { engagementId }, query: captures })}
        download
      >
        {t('traffic.export.begin')}
      </Button>
    </div>
  )
}
