import type { Text } from '@zhongheng/domain/shared/problem.ts'

/** A head that was noted outside of ledger and database. */
export type Mark = { readonly size: number; readonly root: string }

/**
 * How log, database and mark contradict each other.
 * - `database_behind`: the log holds entries whose events the database does not know.
 * - `ledger_behind`: the database gives places that the log does not have; its events can make them again.
 * - `both_behind`: they agree, but more had been published.
 * - `differ`: they hold different things at the same place, which no restore explains.
 */
export type DivergenceKind = 'database_behind' | 'ledger_behind' | 'both_behind' | 'differ'

export type Divergence = {
  readonly kind: DivergenceKind
  /** Entries of the log, and the first place that the database has not given. */
  readonly ledger: number
  readonly database: number
  /** First entry that is concerned, and how many are. */
  readonly first: number
  readonly lost: number
  readonly mark: Mark | null
}

/** Log and database contradict each other: one of them was put back to an earlier state, or changed. */
export class Contradiction extends Error {
  override readonly name = 'Contradiction'
  readonly divergence: Divergence
  readonly text: Text
  constructor(divergence: Divergence) {
    const text = wordsOf(divergence)
    super(`${text.en}; see docs/guides/ledger-restore.md`)
    this.divergence = divergence
    this.text = text
  }
}

function wordsOf({ kind, ledger, database, first, mark }: Divergence): Text {
  switch (kind) {
    case 'database_behind':
      return {
        zh: `账本有 ${ledger} 条，数据库只知道 ${first} 条：数据库被恢复到较早的状态`,
        en: `the ledger has ${ledger} entries, the database knows ${first}: the database was put back to an earlier state`,
      }
    case 'ledger_behind':
      return {
        zh: `账本有 ${ledger} 条，数据库已排到 ${database} 条：账本被恢复到较早的状态`,
        en: `the ledger has ${ledger} entries, the database gives places up to ${database}: the ledger was put back to an earlier state`,
      }
    case 'both_behind':
      return {
        zh: `账本与数据库都只有 ${ledger} 条，而已公布过 ${mark?.size ?? 0} 条：两者都被恢复到较早的状态`,
        en: `ledger and database have ${ledger} entries, but ${mark?.size ?? 0} had been published: both were put back to an earlier state`,
      }
    case 'differ':
      return {
        zh: `账本第 ${first} 条与数据库或已公布的检查点不符`,
        en: `entry ${first} of the ledger is not what the database or the published checkpoint says`,
      }
  }
}
