import { Client } from 'pg'

/**
 * Changes rows past all triggers, as a dump of another day does, or somebody with the database's files.
 * @param url of a superuser @param statements each with its values
 */
export async function pastTriggers(url: string, ...statements: (string | [string, unknown[]])[]): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('set session_replication_role = replica')
    for (const one of statements) {
      const [text, values] = typeof one === 'string' ? [one, []] : one
      await client.query(text, values)
    }
  } finally {
    await client.end()
  }
}
