import type { Work } from '../../work/work.ts'

/** Whom the own house has named, by finding; who left it since is nobody. */
export const assigneesOf = (work: Work) =>
  work.db
    .selectFrom('finding_assignees')
    .innerJoin('persons', 'persons.id', 'finding_assignees.person_id')
    .select(['finding_id', 'person_id', 'persons.name'])
    .where('persons.state', '=', 'active')
    .as('assigned')
