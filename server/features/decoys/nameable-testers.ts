import { inBlocks } from '../../database/traffic-blocks.ts'
import type { Work } from '../../work/work.ts'
import type { EngagementHandle } from '../engagements/reads.ts'

/** Testers whom a decoy may name: admitted, with recorded traffic that passed. */
export const nameableTesters = (work: Work, engagement: EngagementHandle) =>
  work.db
    .selectFrom('enrollments')
    .innerJoin('persons', 'persons.id', 'enrollments.person_id')
    .select(['persons.id', 'persons.name'])
    .where('enrollments.engagement_id', '=', engagement.id)
    .where('enrollments.state', '=', 'admitted')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('exchanges')
          .select('exchanges.id')
          .whereRef('exchanges.person_id', '=', 'enrollments.person_id')
          .where('exchanges.engagement_id', '=', engagement.id)
          .where(inBlocks('exchanges.sequence', engagement.row.traffic_blocks))
          .where('exchanges.kind', '<>', 'refusal'),
      ),
    )
    .orderBy('persons.name')
    .execute()
