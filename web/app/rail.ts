import type { Me } from '@zhongheng/contracts/http/people.ts'
import type { LinkProps } from '@tanstack/react-router'
import type { ParseKeys } from 'i18next'
import type { IconName } from '../ui/Icon.tsx'

export type RailItem = {
  to: NonNullable<LinkProps['to']>
  label: ParseKeys
  icon: IconName
  shows: (me: Me) => boolean
}

/** The left rail, top to bottom. One line per page; `shows` says for whom. */
export const railItems: readonly RailItem[] = [
  { to: '/', label: 'frame.home', icon: 'home', shows: () => true },
  { to: '/engagements', label: 'frame.engagements', icon: 'target', shows: () => true },
  { to: '/members', label: 'frame.members', icon: 'people', shows: (me) => me.may.includes('members.read') },
]
