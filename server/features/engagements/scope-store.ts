import type { ScopeVersionView } from '@zhongheng/contracts/http/engagements.ts'
import { type Json, canonicalJson } from '@zhongheng/contracts/records/canonical-json.ts'
import type { Role } from '@zhongheng/domain/access/actor.ts'
import { formatRange } from '@zhongheng/domain/authorizations/ip.ts'
import { type CompiledScope, type Compilation, compileScope } from '@zhongheng/domain/authorizations/scope/compile.ts'
import type { ScopeRow } from '@zhongheng/domain/authorizations/scope/rows.ts'
import { ownershipObjects } from '@zhongheng/domain/engagements/objects.ts'
import type { Selectable } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { type Db, type Work, sha256 } from '../../work/work.ts'
import type { EngagementHandle, EngagementSealing } from './reads.ts'

type Version = Selectable<Database['scope_versions']>

/** The scope version that an engagement stands on, opened. */
export type OpenScope = {
  readonly id: string
  readonly number: number
  readonly state: string
  readonly digest: string
  readonly effectiveAt: Date | null
  readonly rows: readonly ScopeRow[]
  readonly compiled: CompiledScope
  readonly allowRules: number
  readonly unanswered: number
  readonly objects: readonly string[]
  /** As the letter prints it. */
  readonly linesIn: readonly string[]
  readonly linesOut: readonly string[]
}

const sourceAt = (id: string) => ({ table: 'scope_versions', column: 'sealed_source', row: id })
const compiledAt = (id: string) => ({ table: 'scope_versions', column: 'sealed_compiled', row: id })

export async function readScope(
  db: Db,
  engagement: { scope_version_id: string | null },
  sealing: EngagementSealing,
): Promise<OpenScope | null> {
  if (!engagement.scope_version_id) return null
  const row = await scopeRow(db, engagement.scope_version_id)
  return row ? openScope(row, sealing) : null
}

export const scopeRow = (db: Db, id: string): Promise<Version | undefined> =>
  db.selectFrom('scope_versions').selectAll().where('id', '=', id).executeTakeFirst()

export function openScope(row: Version, sealing: EngagementSealing): OpenScope {
  const compiled = JSON.parse(sealing.open(compiledAt(row.id), row.sealed_compiled)) as CompiledScope
  return {
    id: row.id,
    number: row.number,
    state: row.state,
    digest: row.digest,
    effectiveAt: row.effective_at,
    rows: rowsOf(row, sealing),
    compiled,
    allowRules: compiled.rules.filter((rule) => rule.effect === 'in').length,
    unanswered: row.unanswered,
    objects: ownershipObjects(compiled),
    linesIn: linesOf(compiled, 'in'),
    linesOut: linesOf(compiled, 'out'),
  }
}

export const rowsOf = (row: Version, sealing: EngagementSealing): ScopeRow[] =>
  JSON.parse(sealing.open(sourceAt(row.id), row.sealed_source)) as ScopeRow[]

const linesOf = (scope: CompiledScope, effect: 'in' | 'out'): string[] => [
  ...new Set([
    ...scope.rules.filter((rule) => rule.effect === effect).map((rule) => rule.asset),
    ...scope.letterLines.filter((line) => line.effect === effect).map((line) => `${line.asset}（不经网关）`),
  ]),
]

export async function compiledOf(
  db: Db,
  engagement: EngagementHandle,
  scopeVersionId: string | null,
): Promise<CompiledScope | null> {
  const scope = await readScope(db, { scope_version_id: scopeVersionId }, engagement.sealing)
  return scope?.compiled ?? null
}

/** Stores a version: rows and compiled rules sealed, digest of the rules in the clear. */
export async function storeVersion(
  work: Work,
  engagement: EngagementHandle,
  version: {
    rows: readonly ScopeRow[]
    state: 'draft' | 'proposed'
    format: string
    reason: string | null
    replace?: Version
  },
): Promise<{ id: string; compilation: Compilation }> {
  const id = version.replace?.id ?? work.newId('scopeVersion')
  const compilation = compileScope(version.rows, { versionId: id })
  const digest = digestOf(compilation.scope)
  const values = {
    format: version.format,
    sealed_source: engagement.sealing.seal(sourceAt(id), JSON.stringify(version.rows)),
    sealed_compiled: engagement.sealing.seal(compiledAt(id), JSON.stringify(compilation.scope)),
    digest,
    unanswered: compilation.questions.length,
  }
  if (version.replace) {
    await work.db
      .updateTable('scope_versions')
      .set({ ...values, approvals: '[]' })
      .where('id', '=', id)
      .execute()
  } else {
    const last = await work.db
      .selectFrom('scope_versions')
      .select((eb) => eb.fn.max('number').as('last'))
      .where('engagement_id', '=', engagement.id)
      .executeTakeFirst()
    await work.db
      .insertInto('scope_versions')
      .values({
        id,
        engagement_id: engagement.id,
        number: (last?.last ?? 0) + 1,
        state: version.state,
        ...values,
        reason: version.reason,
        created_by: work.actor.personId,
        created_at: work.now,
        effective_at: null,
      })
      .execute()
  }
  return { id, compilation }
}

/** The digest that letters, permits and the ledger name: of the rules alone, whichever version id they carry. */
const digestOf = (scope: CompiledScope): string =>
  sha256(canonicalJson({ rules: scope.rules, letterLines: scope.letterLines } as unknown as Json))

/** The demand side submits: the draft becomes the version that permits and letter speak of (GBT43741-5.1-03). */
export async function freezeScope(work: Work, engagement: EngagementHandle): Promise<void> {
  await work.db
    .updateTable('scope_versions')
    .set({ state: 'frozen', effective_at: work.now })
    .where('id', '=', engagement.row.scope_version_id ?? '')
    .execute()
  work.record({
    kind: 'scope.in_force',
    engagementId: engagement.id,
    subject: engagement.row.scope_version_id,
    role: engagement.role,
    audience: 'parties',
    facts: await factsOf(work, engagement.row.scope_version_id),
  })
}

export async function factsOf(work: Work, id: string | null): Promise<{ number: number; digest: string }> {
  const row = id ? await scopeRow(work.db, id) : undefined
  return { number: row?.number ?? 0, digest: row?.digest ?? '' }
}

/** A rejected demand goes back to a draft: the frozen version stays as it was, a copy of it is written on. */
export async function reopenScope(work: Work, engagement: EngagementHandle): Promise<void> {
  const row = engagement.row.scope_version_id ? await scopeRow(work.db, engagement.row.scope_version_id) : undefined
  if (!row) return
  const { id } = await storeVersion(work, engagement, {
    rows: rowsOf(row, engagement.sealing),
    state: 'draft',
    format: row.format,
    reason: null,
  })
  await work.db.updateTable('scope_versions').set({ state: 'superseded' }).where('id', '=', row.id).execute()
  await work.db.updateTable('engagements').set({ scope_version_id: id }).where('id', '=', engagement.id).execute()
}

export async function listScopes(
  work: Work,
  engagement: EngagementHandle,
): Promise<{ versions: ScopeVersionView[]; inForce: string | null; assets: string[] }> {
  const rows = await work.db
    .selectFrom('scope_versions')
    .leftJoin('persons', 'persons.id', 'scope_versions.created_by')
    .selectAll('scope_versions')
    .select('persons.name as by_name')
    .where('engagement_id', '=', engagement.id)
    .orderBy('number', 'desc')
    .limit(50)
    .execute()
  const inForce = rows.find((row) => row.id === engagement.row.scope_version_id)
  return {
    versions: rows.map((row) => viewScope(row, row.by_name ?? '', engagement.sealing)),
    inForce: inForce?.id ?? null,
    assets: inForce ? assetsOf(openScope(inForce, engagement.sealing)) : [],
  }
}

/** What a finding may name as its asset: every line in scope, rules and letter lines. */
export const assetsOf = (scope: OpenScope): string[] => [
  ...new Set([
    ...scope.compiled.rules.filter((rule) => rule.effect === 'in').map((rule) => rule.asset),
    ...scope.compiled.letterLines.filter((line) => line.effect === 'in').map((line) => line.asset),
  ]),
]

function viewScope(row: Version, byName: string, sealing: EngagementSealing): ScopeVersionView {
  const rows = rowsOf(row, sealing)
  const { scope, questions, hints } = compileScope(rows, { versionId: row.id })
  return {
    scopeVersionId: row.id,
    number: row.number,
    state: row.state as ScopeVersionView['state'],
    createdAt: row.created_at.toISOString(),
    createdBy: byName,
    effectiveAt: row.effective_at?.toISOString() ?? null,
    digest: row.digest,
    text: rows.map((one) => lineOf(one)).join('\n'),
    rules: scope.rules.map((rule) => ({
      rowId: rule.rowId,
      effect: rule.effect === 'in' ? 'allow' : 'deny',
      asset: rule.asset,
      text: ruleText(rule),
      handling: rule.handling ?? null,
    })),
    questions: [...questions]
      .sort((a, b) => Number(b.mayHideDenial) - Number(a.mayHideDenial))
      .map((question) => ({
        questionId: question.questionId,
        rowId: question.rowId,
        asset: question.asset,
        effect: question.effect,
        kind: question.kind,
        why: question.why,
        mayHideDenial: question.mayHideDenial,
        hasRules: question.hasRules,
        suggestion: (question.suggestion ?? []).map((one) => ({ ...one })),
      })),
    letterLines: scope.letterLines.map((line) => ({ effect: line.effect, asset: line.asset })),
    hints: hints.map((hint) => ({
      asset: hint.asset,
      text: hint.text,
      suggestion: hint.suggestion.map((one) => ({ ...one })),
    })),
    approvals: row.approvals as Role[],
  }
}

/** A row as it can be written again. */
const lineOf = (row: ScopeRow): string =>
  `${row.effect === 'out' ? '! ' : ''}${row.asset}${row.handling === undefined ? '' : ` @${row.handling}`}`

/** A rule as people read it: host pattern, ports, path. */
function ruleText(rule: CompiledScope['rules'][number]): string {
  const { host } = rule
  const name =
    host.kind === 'name'
      ? host.name
      : host.kind === 'below'
        ? `*.${host.base}`
        : host.kind === 'glob'
          ? host.glob
          : host.kind === 'any'
            ? '*'
            : formatRange(host)
  const ports = rule.ports
    ? `:${rule.ports.map((one) => (one.from === one.to ? one.from : `${one.from}-${one.to}`)).join(',')}`
    : ''
  return `${name}${ports}${rule.path ?? ''}`
}
