import type { RecordForm } from '@zhongheng/contracts/http/engagements.ts'

export type Field = RecordForm['fields'][number]
export type FieldValues = Record<string, string | boolean>

/** What a field asks for, before it is put in words: shared by the form's checks and its hints. */
export type FieldNeed =
  | { readonly need: 'length'; readonly min: number; readonly max: number }
  | { readonly need: 'choice' }
  | { readonly need: 'confirmed' }

/** Longest text where the form says none; the API takes no more. */
const longest = 4000

export function needOf(field: Field): FieldNeed {
  if (field.kind === 'confirm') return { need: 'confirmed' }
  if (field.kind === 'choice') return { need: 'choice' }
  return { need: 'length', min: field.min ?? 1, max: field.max ?? longest }
}

/** Whether a value meets what its field asks for. */
export function fits(field: Field, value: unknown): boolean {
  const asked = needOf(field)
  switch (asked.need) {
    case 'confirmed':
      return value === true
    case 'choice':
      return field.options?.some((option) => option.value === value) ?? false
    case 'length':
      return typeof value === 'string' && value.trim().length >= asked.min && value.length <= asked.max
  }
}

/** What a fresh form holds: nothing is ticked or chosen beforehand, for an act must be somebody's own. */
export const emptyValues = (fields: readonly Field[]): FieldValues =>
  Object.fromEntries(
    fields.filter(({ kind }) => kind !== 'choice').map(({ name, kind }) => [name, kind === 'confirm' ? false : '']),
  )

/** The values as the API takes them: known fields only, lines without outer space. */
export function sentValues(fields: readonly Field[], values: Readonly<Record<string, unknown>>): FieldValues {
  const sent: FieldValues = {}
  for (const { name, kind } of fields) {
    const value = values[name]
    if (typeof value === 'boolean') sent[name] = value
    else if (typeof value === 'string') sent[name] = kind === 'line' ? value.trim() : value
  }
  return sent
}
