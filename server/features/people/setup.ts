import { timingSafeEqual } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Problem, say } from '@zhongheng/domain/shared/problem.ts'
import { sql } from 'kysely'
import type { Deps } from '../../work/deps.ts'
import { type Work, inSystemWork, sha256 } from '../../work/work.ts'
import { newToken } from '../../sign-in/logins.ts'

const linkFile = (deps: Deps): string => join(deps.settings.dataFolder, 'setup-link.txt')

/** Whether the installation has nobody yet. */
export async function readSetup(work: Work): Promise<boolean> {
  return (await work.db.selectFrom('organisations').select('id').limit(1).executeTakeFirst()) === undefined
}

/** At start: an empty installation gets a one-time link in a file that only this account reads; no default password exists. */
export async function prepareSetup(deps: Deps): Promise<string | null> {
  if (!(await inSystemWork(deps, readSetup))) return null
  const kept = await readFile(linkFile(deps), 'utf8').catch(() => '')
  if (kept.includes('#token=')) return kept.trim()
  const link = `${deps.settings.publicUrl}/setup#token=${newToken()}`
  await writeFile(linkFile(deps), `${link}\n`, { mode: 0o600 })
  return link
}

/** Checks and spends the link's token; two people racing for it are serialised. @throws Problem refused SETUP-1 */
export async function spendSetup(work: Work, token: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(727002)`.execute(work.db)
  const kept = /token=([\w-]+)/.exec(await readFile(linkFile(work.deps), 'utf8').catch(() => ''))?.[1] ?? ''
  const right = kept !== '' && timingSafeEqual(Buffer.from(sha256(kept)), Buffer.from(sha256(token)))
  if (!right || !(await readSetup(work)))
    throw new Problem('refused', say('设置链接无效或已使用', 'the set-up link is not valid or was used'), {
      rule: 'SETUP-1',
    })
  work.afterCommit(() => rm(linkFile(work.deps), { force: true }))
}
