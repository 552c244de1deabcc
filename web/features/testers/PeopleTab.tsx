import type { ReactNode } from 'react'
import { useEngagement } from '../engagements/engagement-context.ts'
import { Checklist } from './Checklist.tsx'
import { Enrollments } from './Enrollments.tsx'
import { Leases } from './Leases.tsx'
import './testers.css'

/** Who tests here. A tester sees the own way to the first request, everybody else the whole list. */
export default function PeopleTab(): ReactNode {
  const page = useEngagement()
  return (
    <div className="stack">
      {page.myRole === 'tester' ? <Checklist page={page} /> : <Enrollments page={page} />}
      {page.may.includes('lease.list') ? <Leases page={page} /> : null}
    </div>
  )
}
