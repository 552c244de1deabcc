import { freshDatabase } from '@zhongheng/testing/postgres/fresh-database.ts'
import pg from 'pg'
import { expect, it } from 'vitest'
import { migrate } from './open.ts'

const all = ['system_admin', 'security_admin', 'audit_admin']

it('whoever administered a house before there were three administrators goes on as all three, ends and invitations included', async () => {
  const database = await freshDatabase()
  await migrate(database.adminUrl, '0037-post-ends.sql')
  const client = new pg.Client({ connectionString: database.adminUrl })
  await client.connect()
  try {
    await client.query(
      `insert into organisations (id, kind, name, public_key, sealed_private_key, created_at)
       values ('org_a', 'demand', '云帆', 'a key', 'sealed', now())`,
    )
    for (const [id, posts, ends] of [
      ['lin', '{admin,signatory,member}', {}],
      ['gao', '{member,admin}', { admin: '2030-01-01T00:00:00.000Z', member: '2031-01-01T00:00:00.000Z' }],
      ['shu', '{member}', {}],
    ] as const)
      await client.query(
        `insert into persons (id, org_id, name, posts, post_ends, created_at) values ($1, 'org_a', $1, $2, $3, now())`,
        [id, posts, ends],
      )
    await client.query(
      `insert into invitations (id, org_id, name, posts, token_digest, created_by, created_at, expires_at)
       values ('inv', 'org_a', 'x', '{admin}', 'x', 'lin', now(), now() + interval '1 day')`,
    )
    await migrate(database.adminUrl)
    const { rows } = await client.query<{ id: string; posts: string[]; post_ends: object }>(
      'select id, posts, post_ends from persons order by id',
    )
    const until = '2030-01-01T00:00:00.000Z'
    expect(rows).toEqual([
      {
        id: 'gao',
        posts: [...all, 'member'],
        post_ends: {
          system_admin: until,
          security_admin: until,
          audit_admin: until,
          member: '2031-01-01T00:00:00.000Z',
        },
      },
      { id: 'lin', posts: [...all, 'signatory', 'member'], post_ends: {} },
      { id: 'shu', posts: ['member'], post_ends: {} },
    ])
    expect((await client.query('select posts from invitations')).rows).toEqual([{ posts: all }])
  } finally {
    await client.end()
    await database.drop()
  }
})
