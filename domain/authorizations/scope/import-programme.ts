import { badField, say } from '../../shared/problem.ts'
import { type Effect, type ScopeRow, scopeLimits } from './rows.ts'

export type ScopePlatform = 'hackerone' | 'bugcrowd' | 'intigriti' | 'yeswehack' | 'federacy'

type Fields = { readonly [name: string]: unknown }

/**
 * Reads a programme as its platform exports it: an object with `targets.in_scope` and `targets.out_of_scope` (or these
 * two directly). Fields that the platform may add are ignored; the asset's text is kept as it is.
 * @throws Problem malformed naming the field that is missing, of another type or too large
 */
export function importProgramme(platform: ScopePlatform, programme: unknown): readonly ScopeRow[] {
  const outer = asFields(programme, 'programme')
  const targets = outer['targets'] === undefined ? outer : asFields(outer['targets'], 'targets')
  const included = asList(targets['in_scope'], 'targets.in_scope')
  const excluded = asList(targets['out_of_scope'], 'targets.out_of_scope')
  if (targets['in_scope'] === undefined && targets['out_of_scope'] === undefined) {
    throw badField(
      'targets.in_scope',
      say('必须存在', 'must be present'),
      say('请提供平台导出的项目 JSON', "give the programme's JSON as the platform exports it"),
    )
  }
  if (included.length + excluded.length > scopeLimits.rows) {
    throw badField(
      'targets',
      say(`最多 ${scopeLimits.rows} 行`, `at most ${scopeLimits.rows} rows`),
      say('请拆分为多个项目', 'split it into several engagements'),
    )
  }
  return [
    ...included.map((entry, at) => readEntry(platform, 'in', entry, at)),
    ...excluded.map((entry, at) => readEntry(platform, 'out', entry, at)),
  ]
}

function readEntry(platform: ScopePlatform, listed: Effect, entry: unknown, at: number): ScopeRow {
  const field = `targets.${listed === 'in' ? 'in_scope' : 'out_of_scope'}[${at}]`
  const fields = asFields(entry, field)
  const text = (name: string, limit: number): string => asText(fields[name], `${field}.${name}`, limit)
  const rowId = `${listed}-${String(at + 1).padStart(4, '0')}`
  if (platform === 'hackerone') {
    const severity = text('max_severity', 40)
    return {
      rowId,
      // The platform keeps assets that take no reports among those in scope.
      effect: fields['eligible_for_submission'] === false ? 'out' : listed,
      asset: text('asset_identifier', scopeLimits.assetLength),
      type: text('asset_type', 100),
      note: text('instruction', scopeLimits.noteLength),
      ...(severity === '' ? {} : { maxSeverity: severity }),
      ...(typeof fields['eligible_for_bounty'] === 'boolean' ? { bountyEligible: fields['eligible_for_bounty'] } : {}),
    }
  }
  if (platform === 'intigriti') {
    const impact = text('impact', 200)
    return {
      rowId,
      effect: /^out of scope$/i.test(impact.trim()) ? 'out' : listed,
      asset: text('endpoint', scopeLimits.assetLength),
      type: text('type', 100),
      note: text('description', scopeLimits.noteLength),
      ...(/^no bounty$/i.test(impact.trim()) ? { bountyEligible: false } : {}),
    }
  }
  const row = {
    rowId,
    effect: listed,
    asset: text('target', scopeLimits.assetLength),
    type: text('type', 100),
    note: '',
  }
  if (platform !== 'bugcrowd') return row
  const name = text('name', scopeLimits.assetLength)
  const uri = text('uri', scopeLimits.assetLength)
  const address = text('ipAddress', scopeLimits.assetLength)
  // The fields say the same most of the time; where they do not, the row's reader compares them.
  return {
    ...row,
    asset: row.asset === '' ? uri || name : row.asset,
    ...(name === '' && address === ''
      ? {}
      : { aside: { ...(name === '' ? {} : { name }), ...(address === '' ? {} : { address }) } }),
  }
}

function asFields(value: unknown, field: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badField(
      field,
      say('必须是对象', 'must be an object'),
      say('请提供平台导出的项目 JSON', "give the programme's JSON as the platform exports it"),
    )
  }
  return value as Fields
}

function asList(value: unknown, field: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) {
    throw badField(field, say('必须是数组', 'must be a list'), say('请检查导出文件', 'check the exported file'))
  }
  return value
}

function asText(value: unknown, field: string, limit: number): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') {
    throw badField(field, say('必须是文本', 'must be text'), say('请检查导出文件', 'check the exported file'))
  }
  if (value.length > limit) {
    throw badField(
      field,
      say(`最多 ${limit} 个字符`, `at most ${limit} characters`),
      say('请缩短该字段', 'shorten this field'),
    )
  }
  return value
}
