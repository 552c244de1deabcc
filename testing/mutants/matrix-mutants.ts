import { type Post, type Role, posts, roles } from '@zhongheng/domain/access/actor.ts'

/** The two tables of `domain/access/matrix.ts`, as they are exported. */
export type Tables = {
  readonly engagementPermissions: Record<string, Partial<Record<Role, readonly Post[]>>>
  readonly housePermissions: Record<string, { kinds: readonly Role[]; posts: readonly Post[] }>
}
export type MatrixMutant = { readonly name: string; apply(): void; undo(): void }

const toggled = <T>(list: readonly T[], one: T): readonly T[] =>
  list.includes(one) ? list.filter((other) => other !== one) : [...list, one]

/** Every cell of the matrix, one at a time: a post put where it was not, or taken away where it was; and each whole role. */
export function matrixMutants({ engagementPermissions, housePermissions }: Tables): MatrixMutant[] {
  const mutants: MatrixMutant[] = []
  const add = <T extends object, K extends keyof T>(name: string, row: T, key: K, value: T[K] | undefined): void => {
    const was = row[key]
    const put = (what: T[K] | undefined): void => {
      if (what === undefined) delete row[key]
      else row[key] = what
    }
    mutants.push({ name, apply: () => put(value), undo: () => put(was) })
  }
  for (const [action, row] of Object.entries(engagementPermissions))
    for (const role of roles) {
      const held = row[role] ?? []
      if (held.length > 0) add(`${action}: without ${role}`, row, role, undefined)
      for (const post of posts)
        add(`${action}: ${role} ${held.includes(post) ? 'without' : 'with'} ${post}`, row, role, toggled(held, post))
    }
  for (const [action, row] of Object.entries(housePermissions)) {
    for (const role of roles)
      add(`${action}: ${row.kinds.includes(role) ? 'without' : 'with'} ${role}`, row, 'kinds', toggled(row.kinds, role))
    for (const post of posts)
      add(`${action}: ${row.posts.includes(post) ? 'without' : 'with'} ${post}`, row, 'posts', toggled(row.posts, post))
  }
  return mutants
}
