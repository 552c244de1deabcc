import type { Member } from '@zhongheng/contracts/http/people.ts'
import type { ReactNode } from 'react'
import { useAct } from '../../api/hooks.ts'
import { ChangePlace } from './ChangePlace.tsx'

export function PlaceMember({ member, onClose }: { member: Member; onClose: () => void }): ReactNode {
  const act = useAct('PUT /api/members/:personId/jurisdiction')
  return (
    <ChangePlace
      name={member.name}
      now={member.jurisdiction}
      ofMember
      problem={act.error}
      pending={act.isPending}
      onClose={onClose}
      onSave={(code) =>
        act.mutate(
          {
            params: { personId: member.personId },
            body: { jurisdiction: code, version: member.version },
          },
          { onSuccess: onClose },
        )
      }
    />
  )
}
