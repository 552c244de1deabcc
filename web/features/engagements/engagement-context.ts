import type { EngagementPage } from '@zhongheng/contracts/http/engagements.ts'
import { createContext, useContext } from 'react'

export const EngagementContext = createContext<EngagementPage | null>(null)

/** The engagement whose tab this is: its state, my role, `may` and version. Kept fresh by the frame around the tabs. */
export function useEngagement(): EngagementPage {
  const page = useContext(EngagementContext)
  if (page === null) throw new Error('a tab of an engagement was shown outside of one')
  return page
}
