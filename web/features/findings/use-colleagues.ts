import { useApi } from '../../api/hooks.ts'

/** Members of the own house who may be named for a finding; whether they work on its engagement the server says. */
export function useColleagues(enabled = true): readonly { readonly personId: string; readonly name: string }[] {
  const members = useApi('GET /api/members', {}, { enabled })
  return (members.data?.members ?? []).filter(
    ({ state, posts }) => state === 'active' && posts.some((post) => post === 'signatory' || post === 'member'),
  )
}
