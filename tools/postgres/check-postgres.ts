import { say } from '@zhongheng/domain/shared/problem.ts'
import { Client } from 'pg'
import { Stop } from '../stop.ts'

/** What is true of a database that we may use. `remark` is for the person who starts the platform. */
export type CheckedPostgres = { readonly version: string; readonly remark: string | undefined }

/** The oldest PostgreSQL with `security_invoker` views, on which the tenants' row policies stand. */
const oldest = 15

/**
 * Looks at the user's own PostgreSQL and changes nothing. Refuses (`Stop`) an unreachable server, one older than 15, an encoding other
 * than UTF8, an absent pg_trgm, and a locale under which trigrams of Chinese text are empty: search would find nothing, silently.
 */
export async function checkPostgres(url: string): Promise<CheckedPostgres> {
  const client = await connect(url)
  try {
    const { rows } = await client.query<{ number: string; version: string; encoding: string }>(
      `select current_setting('server_version_num') as number, current_setting('server_version') as version,
              current_setting('server_encoding') as encoding`,
    )
    const found = rows[0]
    if (found === undefined) throw new Error('PostgreSQL told no version')
    refuseVersion(Number(found.number), found.version)
    if (found.encoding !== 'UTF8') {
      throw new Stop(
        say(
          `DATABASE_URL 的数据库编码为 ${found.encoding}，须为 UTF8。请运行：createdb -E UTF8 --locale=C.UTF-8 -T template0 <名称>`,
          `The database of DATABASE_URL is encoded in ${found.encoding}; it must be UTF8. Run: createdb -E UTF8 --locale=C.UTF-8 -T template0 NAME`,
        ),
      )
    }
    return { version: found.version, remark: await checkTrigrams(client) }
  } finally {
    await client.end()
  }
}

/** Refuses a server version number (150018 for 15.18) below the oldest. */
export function refuseVersion(number: number, version: string): void {
  if (number >= oldest * 10_000) return
  throw new Stop(
    say(
      `DATABASE_URL 指向 PostgreSQL ${version}，需要 ${oldest} 或更新版本。请升级，或不设置 DATABASE_URL 而使用内置数据库。`,
      `DATABASE_URL leads to PostgreSQL ${version}; ${oldest} or newer is needed. Upgrade it, or leave DATABASE_URL unset to use the embedded one.`,
    ),
  )
}

async function connect(url: string): Promise<Client> {
  try {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
    await client.connect()
    return client
  } catch (cause) {
    const why = reason(cause)
    throw new Stop(
      say(
        `无法连接 DATABASE_URL 的 PostgreSQL：${why}。请检查地址、账号与密码（格式：postgresql://用户:密码@主机:5432/数据库）。`,
        `The PostgreSQL of DATABASE_URL cannot be reached: ${why}. Check address, user and password (postgresql://USER:PASSWORD@HOST:5432/DATABASE).`,
      ),
      { cause },
    )
  }
}

/** A connection's failure in words; a refused connection to a name with several addresses has its words in `errors`. */
function reason(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reason).join('; ')
  return cause instanceof Error ? cause.message : String(cause)
}

const insufficientPrivilege = '42501'

/** Tries the extension inside a transaction that is rolled back. Returns a remark when the account may not make it. */
async function checkTrigrams(client: Client): Promise<string | undefined> {
  await client.query('begin')
  try {
    await client.query('create extension if not exists pg_trgm')
    const { rows } = await client.query<{ found: boolean }>(`select cardinality(show_trgm('跨站脚本')) > 0 as found`)
    if (rows[0]?.found === true) return undefined
  } catch (cause) {
    if ((cause as { code?: string }).code === insufficientPrivilege) {
      return 'pg_trgm was not checked: the account may not create extensions. An administrator has to run: CREATE EXTENSION pg_trgm'
    }
    throw new Stop(
      say(
        `PostgreSQL 缺少扩展 pg_trgm（${reason(cause)}）。请安装 postgresql-contrib。`,
        `PostgreSQL has no extension pg_trgm (${reason(cause)}). Install postgresql-contrib.`,
      ),
      { cause },
    )
  } finally {
    await client.query('rollback')
  }
  throw new Stop(
    say(
      `该数据库的区域设置无法为中文建立三元组，检索将一无所获。请运行：createdb -E UTF8 --locale=C.UTF-8 -T template0 <名称>，并在 DATABASE_URL 中使用它。`,
      `Under this database's locale Chinese text has no trigrams: search would find nothing. Run: createdb -E UTF8 --locale=C.UTF-8 -T template0 NAME, and name it in DATABASE_URL.`,
    ),
  )
}
