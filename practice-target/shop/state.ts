import { randomBytes } from 'node:crypto'
import { type Customer, type ShopDatabase, openDatabase } from './database.ts'

const mostSessions = 1000

/** Everything the shop remembers: rows and sessions, all in memory, back to the seed by `reset`. */
export type Shop = ReturnType<typeof openShop>

export function openShop() {
  let database: ShopDatabase = openDatabase()
  const sessions = new Map<string, Customer>()
  return {
    /** What `/.well-known/zhongheng-challenge.txt` answers; empty while the owner put nothing there. */
    ownerFile: '',
    get rows(): ShopDatabase {
      return database
    },
    /** Begins a session; the oldest one ends when there are a thousand. @returns the cookie's value */
    begin(customer: Customer): string {
      const oldest = sessions.keys().next().value
      if (sessions.size >= mostSessions && oldest !== undefined) sessions.delete(oldest)
      const token = randomBytes(16).toString('hex')
      sessions.set(token, customer)
      return token
    },
    customerOf(cookies: string | undefined): Customer | undefined {
      const token = /(?:^|;\s*)shop_session=([0-9a-f]{32})/.exec(cookies ?? '')?.[1]
      return token === undefined ? undefined : sessions.get(token)
    },
    reset(): void {
      database.close()
      database = openDatabase()
      sessions.clear()
    },
    close(): void {
      sessions.clear()
      database.close()
    },
  }
}
