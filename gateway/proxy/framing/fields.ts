/** One header line: `name` lower case, `value` untrimmed, both one character per byte; `from`/`to` in the head's bytes. */
export type Field = { readonly name: string; readonly value: string; readonly from: number; readonly to: number }

const fieldLine = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\u0020-\u007e\u0080-\u00ff]*)\r\n$/

/** Reads a header line with its CRLF; undefined when it is malformed. `from` is where it stands in its head. */
export function readField(line: string, from: number): Field | undefined {
  const parts = fieldLine.exec(line)
  if (parts === null) return undefined
  return { name: (parts[1] ?? '').toLowerCase(), value: parts[2] ?? '', from, to: from + line.length }
}

export const valuesOf = (fields: readonly Field[], name: string): string[] =>
  fields.filter((field) => field.name === name).map((field) => field.value)

/** The trimmed value of the first such field. */
export function valueOf(fields: readonly Field[], name: string): string | undefined {
  for (const field of fields) if (field.name === name) return field.value.trim()
  return undefined
}

/** Whether a comma-separated field such as Connection names a token (given in lower case). */
export function listHas(fields: readonly Field[], name: string, token: string): boolean {
  for (const field of fields) {
    if (field.name !== name) continue
    if (
      field.value
        .toLowerCase()
        .split(',')
        .some((one) => one.trim() === token)
    )
      return true
  }
  return false
}
