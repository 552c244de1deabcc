import type { ReactNode } from 'react'
import './ui.css'

export type Column<T> = {
  readonly key: string
  readonly label: string
  readonly cell: (row: T) => ReactNode
  /** `lead` heads the card at narrow width; `end` aligns numbers and buttons right. */
  readonly role?: 'lead' | 'end'
  /** Left out at narrow width, where space is for what decides. */
  readonly wide?: boolean
}

/** A table that turns into cards at narrow width. */
export function DataList<T>({
  label,
  columns,
  rows,
  rowKey,
  empty,
}: {
  label: string
  columns: readonly Column<T>[]
  rows: readonly T[]
  rowKey: (row: T) => string
  empty: ReactNode
}): ReactNode {
  if (rows.length === 0) return empty
  const classOf = (column: Column<T>): string =>
    [column.role ? `cell-${column.role}` : '', column.wide ? 'cell-wide' : ''].filter(Boolean).join(' ')
  return (
    <table className="data-list" aria-label={label}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.key} scope="col" className={classOf(column)}>
              {column.label}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map((column) => (
              <td key={column.key} data-label={column.label} className={classOf(column)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
