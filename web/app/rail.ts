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
  { to: '/findings', label: 'findings.title', icon: 'bug', shows: () => true },
  { to: '/offers', label: 'testers.offers.title', icon: 'flag', shows: (me) => me.may.includes('offers.read') },
  { to: '/testers', label: 'testers.directory.title', icon: 'shield', shows: (me) => me.may.includes('testers.read') },
  { to: '/testers/me', label: 'testers.own.title', icon: 'person', shows: (me) => me.may.includes('testers.own') },
  { to: '/ledger', label: 'ledger.title', icon: 'ledger', shows: (me) => me.may.includes('ledger.read') },
  { to: '/receipts', label: 'receipts.title', icon: 'checkCircle', shows: (me) => me.may.includes('ledger.read') },
  { to: '/members', label: 'frame.members', icon: 'people', shows: (me) => me.may.includes('members.read') },
  { to: '/approvals', label: 'approvals.title', icon: 'check', shows: () => true },
  {
    to: '/administration',
    label: 'administration.title',
    icon: 'report',
    shows: (me) => me.may.includes('administration.read'),
  },
  { to: '/sealing', label: 'sealing.title', icon: 'key', shows: (me) => me.may.includes('sealing.manage') },
  {
    to: '/installation',
    label: 'installation.title',
    icon: 'gauge',
    shows: (me) => me.may.includes('installation.read'),
  },
  {
    to: '/account/rules',
    label: 'account.rules.title',
    icon: 'shield',
    shows: (me) => me.may.includes('sign_in.rules'),
  },
]
