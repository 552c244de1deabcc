import type { Member, Organisation } from '@zhongheng/contracts/http/people.ts'
import type { PostEnds } from '@zhongheng/domain/access/held-posts.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { fingerprintOf } from '../../sealing/keys.ts'

/** Columns of a person beside their credentials. */
export const memberColumns = [
  'persons.id',
  'name',
  'posts',
  'post_ends',
  'state',
  'created_at',
  'version',
  'login',
  'last_seen_at',
  'jurisdiction',
] as const

type MemberRow = {
  id: string
  name: string
  posts: string[]
  post_ends: PostEnds
  state: string
  created_at: Date
  version: number
  login: string
  last_seen_at: Date | null
  jurisdiction: string | null
}

export const viewMember = (row: MemberRow): Member => ({
  personId: row.id,
  name: row.name,
  login: row.login,
  posts: row.posts as Member['posts'],
  state: row.state as Member['state'],
  createdAt: row.created_at.toISOString(),
  lastSeenAt: row.last_seen_at?.toISOString() ?? null,
  postEnds: row.post_ends,
  jurisdiction: row.jurisdiction,
  version: row.version,
})

export const organisationColumns = [
  'id',
  'name',
  'kind',
  'public_key',
  'jurisdiction',
  'jurisdiction_stated_at',
  'version',
] as const

type OrganisationRow = {
  id: string
  name: string
  kind: string
  public_key: string
  jurisdiction: string | null
  jurisdiction_stated_at: Date | null
  version: number
}

export const viewOrganisation = (row: OrganisationRow): Organisation => ({
  orgId: row.id,
  name: row.name,
  kind: row.kind as Role,
  keyFingerprint: fingerprintOf(row.public_key),
  jurisdiction: row.jurisdiction,
  jurisdictionStatedAt: row.jurisdiction_stated_at?.toISOString() ?? null,
  version: row.version,
})
