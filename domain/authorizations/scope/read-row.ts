import { isCommonName } from './known-hosts.ts'
import { type Doubt, isProse, type ReadingContext, readAsset } from './read-asset.ts'
import type { AssetPattern, QuestionKind, ScopeRow } from './rows.ts'

/** What one row says: patterns for rules, and doubts with assets that a person may accept. */
export type RowReading = { readonly patterns: readonly AssetPattern[]; readonly doubts: readonly RowDoubt[] }
export type RowDoubt = {
  readonly kind: QuestionKind
  readonly suggest: readonly { readonly effect: 'in' | 'out'; readonly asset: string }[]
}

type Draft = { patterns: AssetPattern[]; doubts: Doubt[] }

/**
 * Reads a row: the asset field (one asset, several, or one with a remark), what stands beside it, its type word and note.
 * Every row gives a pattern or a doubt.
 */
export function readRow(row: ScopeRow): RowReading {
  const context: ReadingContext = { effect: row.effect, settled: new Set(row.settled ?? []) }
  const field = tidy(row.asset)
  const draft: Draft = { patterns: [], doubts: [] }
  if (field === '') draft.doubts.push({ kind: 'empty' })
  else if (/[█▇■]/.test(field)) draft.doubts.push({ kind: 'redacted' })
  else readField(field, context, draft)
  readAside(row, context, draft)
  applyType(row, field, draft)
  if (draft.patterns.length > 0 && row.effect === 'in' && noteRestricts(row.note)) {
    draft.doubts.push({ kind: 'note_restricts', suggest: assetsInProse(row.note, 'out') })
  }
  return {
    patterns: draft.patterns,
    doubts: mergeDoubts(
      row,
      draft.doubts.filter((one) => !context.settled.has(one.kind)),
    ),
  }
}

function mergeDoubts(row: ScopeRow, doubts: readonly Doubt[]): RowDoubt[] {
  const merged = new Map<QuestionKind, Set<string>>()
  for (const one of doubts) {
    const known = merged.get(one.kind) ?? new Set()
    for (const asset of one.suggest ?? []) known.add(asset)
    merged.set(one.kind, known)
  }
  return [...merged].map(([kind, suggest]) => ({
    kind,
    suggest: [...suggest].map((asset) => ({ effect: kind === 'note_restricts' ? 'out' : row.effect, asset })),
  }))
}

/** Blanks of every kind, quotes, list bullets and escaped stars around an asset mean nothing. */
function tidy(text: string): string {
  return text
    .replace(/[\u200b-\u200d\u2060\ufeff]/g, '')
    .replace(/\\([*_.-])/g, '$1')
    .trim()
    .replace(/^[-•·]\s+/, '')
    .replace(/^([`"'“])(.*)[`"'”]$/s, '$2')
    .replace(/^\*\.\s+/, '*.')
    .replace(/[,;，；、]+$/, '')
    .trim()
}

const restricts =
  /\bonly\b|\bexcept|\bexclud|\bwithout\b|\bbut\b|\bnot\b|\bnon-|\blimited\b|\bsubset\b|\bsee\b|仅|只|除|不|限/i

function readField(field: string, context: ReadingContext, draft: Draft): void {
  const named = (): string[] => assetsInProse(field, context.effect)
  // In capitals it is logic, in small letters a list.
  if (/\s(?:AND|&&)\s/.test(field)) {
    draft.doubts.push({ kind: 'conjunction', suggest: named() })
    return
  }
  const pieces = splitList(field)
  const readings = pieces.map((piece) => readAsset(tidy(stripRemark(piece)), context))
  // Before the whole: a comma may stand in a path, and two URLs must not become one.
  if (pieces.length > 1 && !readings.some(isProse)) {
    for (const reading of readings) add(draft, reading)
    return
  }
  const whole = readAsset(field, context)
  if (!isProse(whole)) return add(draft, whole)
  const remark =
    /^(\S+)\s*[(（]([^()（）]*)[)）]+\.?$/s.exec(field) ??
    /^(\S+)\s+\((.*)\)+$/s.exec(field) ??
    /^(\S+)\s+[-–—:：]\s+(.+)$/s.exec(field) ??
    /^(\S+)\s+(\[[^\]]*\])$/s.exec(field)
  if (remark !== null) {
    const head = tidy(remark[1] ?? '')
    const reading = readAsset(head, context)
    if (!isProse(reading)) {
      if (context.effect === 'in' && restricts.test(remark[2] ?? '') && !context.settled.has('remark_restricts')) {
        draft.doubts.push({ kind: 'remark_restricts', suggest: [head] })
        return
      }
      return add(draft, reading)
    }
  }
  // An inclusion counts only if every piece is an asset; of an exclusion each piece counts, unless it names exceptions.
  if (context.effect === 'out' && pieces.length > 1 && !exceptions.test(field)) {
    for (const reading of readings) if (!isProse(reading)) add(draft, reading)
  }
  draft.doubts.push({ kind: 'prose', suggest: named() })
}

const exceptions = /\bexcept|\bother than\b|\bbesides\b|\bunless\b|\bapart from\b|\bnot\b|除/i

const stripRemark = (piece: string): string =>
  piece.trim().replace(/^(\S+)\s+(?:[(（][^()（）]*[)）]|[-–—]\s.*)$/s, '$1')

function splitList(field: string): readonly string[] {
  const pieces = field
    .split(/[\r\n,;，；、]+|\s+[|/]\s+|\s+(?:and|or|和|与|及|以及)\s+/i)
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '')
  const words = field.split(/\s+/)
  const bare = words.length > 1 && words.every((word) => /^[^\s]*[a-z0-9*][.:/][^\s]*$/i.test(word)) ? words : pieces
  const joined: string[] = []
  for (const piece of bare) {
    const before = joined[joined.length - 1]
    // `host:80,443` is one asset; ` | .de` is the name before it under another top level.
    if (before !== undefined && /^\d{1,5}(?:-\d{1,5})?$/.test(piece) && /[:\s]\d[\d,-]*$/.test(before)) {
      joined[joined.length - 1] = `${before},${piece}`
    } else if (before !== undefined && /^\.[a-z]{2,}(?:\.[a-z]{2,})?$/i.test(piece)) {
      joined.push(before.replace(/\.[a-z]+$/i, piece))
    } else joined.push(piece)
  }
  return joined
}

/** Hosts, URLs and addresses that a sentence names, as suggestions only. */
function assetsInProse(text: string, effect: 'in' | 'out'): string[] {
  const found = text.match(
    /(?<![@\w.*-])(?:https?:\/\/)?(?:\*\.)?(?:[a-z0-9_*-]+\.)+[a-z]{2,}(?::\d+)?(?:\/[^\s,;()<>"'`，。）]*)?|\b\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?\b|\b[0-9a-f]{1,4}:[0-9a-f:]+(?:\/\d{1,3})?/gi,
  )
  const context: ReadingContext = { effect, settled: new Set() }
  const assets = (found ?? [])
    .map((one) => one.replace(/[.:]+$/, ''))
    .filter((one) => readAsset(one, context).patterns.length > 0)
  return [...new Set(assets)].slice(0, 40)
}

/** The display name and address field of a platform that keeps the real asset there now and then. */
function readAside(row: ScopeRow, context: ReadingContext, draft: Draft): void {
  const address = tidy(row.aside?.address ?? '')
  if (address !== '') {
    const reading = readAsset(address, context)
    if (reading.patterns.length > 0) {
      // The title is then a label of the address, not a sentence to be enforced.
      draft.doubts = draft.doubts.filter((one) => one.kind !== 'prose')
    }
    add(draft, isProse(reading) ? { patterns: [], doubts: [{ kind: 'prose' }] } : reading)
  }
  const name = tidy(row.aside?.name ?? '')
  if (name === '' || name === tidy(row.asset)) return
  const titled = readAsset(name, context)
  if (isProse(titled)) {
    const named = /\*\.(?:[a-z0-9-]+\.)+[a-z]{2,}/i.exec(name)?.[0]
    if (named !== undefined && !covered(draft.patterns, readAsset(named, context).patterns)) {
      draft.doubts.push({ kind: 'name_differs', suggest: [named] })
    }
    return
  }
  if (titled.patterns.length === 0 || covered(draft.patterns, titled.patterns)) return
  // `target` must be a URL there, so owners put the wildcard into the name and its apex into the target. A title is a
  // title all the same: it may forbid by itself, to permit it needs a person's word.
  if (row.effect === 'out') add(draft, titled)
  else draft.doubts.push({ kind: 'name_differs', suggest: [name] })
}

function covered(known: readonly AssetPattern[], wanted: readonly AssetPattern[]): boolean {
  const texts = new Set(known.map((one) => JSON.stringify(one.host)))
  return wanted.every((one) => texts.has(JSON.stringify(one.host)))
}

const typeKinds: readonly (readonly [RegExp, QuestionKind])[] = [
  [/android|ios\b|mobile|apk|ipa|app_id|play_store|executable|desktop|^application$/i, 'app'],
  [/source|smart_contract|github|repo/i, 'source'],
  [/hardware|device|iot|firmware/i, 'hardware'],
]

/**
 * A type word may turn an asset into a question. An inclusion of an app, of code or of a device is no rule even if it
 * reads as a host (`com.example.app`); an exclusion keeps its rule and the question stands beside it.
 */
function applyType(row: ScopeRow, field: string, draft: Draft): void {
  const kind = typeKinds.find(([word]) => word.test(row.type))?.[1]
  if (kind === undefined || row.settled?.includes(kind)) return
  const plain = draft.patterns.some(
    (one) => one.host.kind !== 'name' || one.path !== null || isCommonName(one.host.name),
  )
  const reversed = draft.doubts.some((one) => one.kind === 'app_id')
  draft.doubts = [{ kind, suggest: row.effect === 'in' && plain && !reversed ? [field] : [] }]
  // No app is named `*.x`: such a row means the hosts, whatever its type word.
  if (row.effect === 'in') draft.patterns = draft.patterns.filter((one) => one.host.kind === 'below')
}

const notePhrases =
  /out[- ]of[- ]scope|not in[- ]scope|\bdo not (?:test|scan|attack|access)|don'?t test|\bexcluded\b|\bexcluding\b|\bexcept\b|off[- ]limits|\bonly (?:the|test|in|on)\b|prohibited|forbidden|not (?:be )?test|范围外|不在范围|不得测试|禁止|除外|请勿/i

const noteRestricts = (note: string): boolean => notePhrases.test(note)

function add(
  draft: Draft,
  reading: { readonly patterns: readonly AssetPattern[]; readonly doubts: readonly Doubt[] },
): void {
  draft.patterns.push(...reading.patterns)
  draft.doubts.push(...reading.doubts)
}
