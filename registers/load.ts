import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'

/** How well a row's source is known: read in the text itself, told by somebody who read it, or concluded from a title. */
export const confidences = ['primary', 'secondary', 'inferred'] as const
export type Confidence = (typeof confidences)[number]

/** One duty of a standard, in the project's own words. `id` is what code, documents and ledger entries cite. */
export type StandardRow = {
  readonly id: string
  readonly clause: string
  readonly titleZh: string
  readonly dutyEn: string
  /** record, check, workflow, attestation, platform-property; for the 2023 list what it means for the platform. */
  readonly kind: string
  readonly feature: string
  readonly acceptance: string
  readonly sourceConfidence: Confidence
  readonly sourceNote?: string
}

export type Standard = {
  readonly file: string
  readonly name: string
  readonly titleZh: string
  readonly rows: readonly StandardRow[]
}

const files = ['gbt43741', 'ydt3744', 'rmsv', 'gbt32914', 'gbt39276', 'standards-2023'] as const

/**
 * Reads every register of duties that ships with the product (some 480 rows).
 * @throws Error naming file, row and field, when a register is damaged: the product does not start with one
 */
export function loadStandards(): Promise<Standard[]> {
  return Promise.all(
    files.map(async (file) =>
      readStandard(file, await readFile(new URL(`./standards/${file}.yaml`, import.meta.url), 'utf8')),
    ),
  )
}

/** Parses one register. @throws Error naming file, row and field */
export function readStandard(file: string, text: string): Standard {
  const whole = membersOf(parse(text), file)
  const meta = membersOf(whole['meta'], `${file}: meta`)
  const listed = whole['requirements'] ?? whole['rows'] ?? whole['standards']
  if (!Array.isArray(listed) || listed.length === 0) throw new Error(`register ${file}: no rows`)
  const rows = listed.map((entry: unknown, at): StandardRow => {
    const row = membersOf(entry, `${file}: row ${at + 1}`)
    const id = textOf(row, ['id'], `${file}: row ${at + 1}`)
    const where = `${file}: ${id}`
    const note = row['source_note']
    return {
      id,
      clause: textOf(row, ['clause', 'no'], where),
      titleZh: textOf(row, ['title_zh'], where),
      dutyEn: textOf(row, ['duty_en', 'meaning_en'], where),
      kind: textOf(row, ['kind', 'bearing_on_platform'], where),
      feature: textOf(row, ['feature', 'action'], where),
      // The 2023 list names standards to come, which cannot be tested against yet.
      acceptance: listed === whole['standards'] ? '' : textOf(row, ['acceptance'], where),
      sourceConfidence: confidenceOf(row, where),
      ...(typeof note === 'string' ? { sourceNote: note } : {}),
    }
  })
  return {
    file,
    name: textOf(meta, ['document', 'standard'], `${file}: meta`),
    titleZh: textOf(meta, ['title_zh', 'document'], `${file}: meta`),
    rows,
  }
}

function confidenceOf(row: Members, where: string): Confidence {
  // Registers without the field follow the text of a draft; the published wording was not compared.
  const given = row['source_confidence'] ?? 'secondary'
  const known = confidences.find((one) => one === given)
  if (!known) throw new Error(`register ${where}: source_confidence is one of ${confidences.join(', ')}`)
  return known
}

type Members = { readonly [name: string]: unknown }
function membersOf(value: unknown, where: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`register ${where}: not a map`)
  return value as Members
}
function textOf(members: Members, names: readonly string[], where: string): string {
  const value = names.map((name) => members[name]).find((one) => one !== undefined)
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string' || value.trim() === '')
    throw new Error(`register ${where}: ${names.join(' or ')} is missing`)
  return value
}
