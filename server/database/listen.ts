import pg from 'pg'

/** A connection that hears notices (LISTEN) for as long as it is wanted. */
export type Listener = {
  /** The live connection; null while it is being made anew. Session locks taken on it end with it. */
  client(): pg.Client | null
  stop(): Promise<void>
}

/**
 * Hears notices on the given channels. A connection that is lost (a restart of the database, a cut cable) is made anew
 * within a second, and `onNotice` runs once without a channel after each connection, because what was
 * said meanwhile is lost.
 * @throws what the first connection failed with
 */
export async function listenTo(
  url: string,
  channels: readonly string[],
  onNotice: (channel: string | null, said: string) => void,
  onFault: (error: unknown) => void,
): Promise<Listener> {
  let live: pg.Client | null = null
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const connect = async (): Promise<void> => {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 8000,
      keepAlive: true,
      application_name: 'zhongheng listens',
    })
    client.on('error', onFault)
    client.on('notification', ({ channel, payload }) => onNotice(channel, payload ?? ''))
    await client.connect()
    client.on('end', () => {
      if (live !== client) return
      live = null
      again()
    })
    for (const channel of channels) await client.query(`listen ${client.escapeIdentifier(channel)}`)
    if (stopped) return client.end()
    live = client
    onNotice(null, '')
  }
  const again = (): void => {
    if (stopped) return
    timer = setTimeout(() => {
      connect().catch((error: unknown) => {
        onFault(error)
        again()
      })
    }, 500)
    timer.unref()
  }
  await connect()
  return {
    client: () => live,
    async stop() {
      stopped = true
      clearTimeout(timer)
      const client = live
      live = null
      await client?.end()
    },
  }
}
