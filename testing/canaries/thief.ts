import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib'
import type pg from 'pg'

/* What somebody does who has a disk and no key: programs of every system, and a database server of their own. */

/** Copies folders as they lie there at this moment. Nothing else of this process runs meanwhile, so nothing is started again. */
export function copyFolders(from: readonly string[], to: string): void {
  for (const folder of from) execFileSync('cp', ['-a', folder, to])
}

/** A process and all that it started. */
export function withChildren(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number)
  return [pid, ...children.flatMap(withChildren)]
}

/** Words in one line each, as `grep -f` takes them; bytes as they are. */
export function wordList(path: string, words: readonly (string | Buffer)[]): string {
  writeFileSync(path, Buffer.concat(words.flatMap((word) => [Buffer.from(word), Buffer.from('\n')])))
  return path
}

const grep = (args: readonly string[]): string[] => {
  const run = spawnSync('grep', args, { encoding: 'latin1', env: { LC_ALL: 'C' }, maxBuffer: 64 << 20 })
  // 0: found, 1: nothing found; anything else is a fault of the search, which must not pass for an empty house.
  if (run.status !== 0 && run.status !== 1) throw new Error(`grep: ${run.stderr}`)
  return run.stdout.split('\n').filter(Boolean)
}
/** Lines `file:what` of every place where one of the words stands in the bytes of a file. */
export const grepWords = (folder: string, list: string): string[] => grep(['-raoFf', list, folder])
/** The same by a pattern, which may go across lines. */
export const grepPattern = (folder: string, pattern: string): string[] => grep(['-raozE', '-e', pattern, folder])
/** Names of the files that hold this text. */
export const filesWith = (folder: string, text: string): string[] => grep(['-ralF', '--', text, folder])

/** Words among what `strings` takes for text of two bytes a letter, in either order of bytes. */
export function stringsOfTwoBytes(folder: string, list: string): string[] {
  return ['l', 'b'].flatMap((order) => {
    const script = 'find "$1" -type f -print0 | xargs -0 strings -f -a -n 6 -e "$2" | grep -oaFf "$3"'
    const run = spawnSync('sh', ['-c', script, 'sh', folder, order, list], {
      encoding: 'latin1',
      env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
      maxBuffer: 64 << 20,
    })
    if (run.status !== 0 && run.status !== 1) throw new Error(`strings: ${run.stderr}`)
    return run.stdout.split('\n').filter(Boolean)
  })
}

const starts = [
  { as: 'zstd', begins: Buffer.from('28b52ffd', 'hex'), open: () => createZstdDecompress() },
  { as: 'zlib', begins: Buffer.from('789c', 'hex'), open: () => createInflate() },
  { as: 'zlib', begins: Buffer.from('78da', 'hex'), open: () => createInflate() },
  { as: 'zlib', begins: Buffer.from('7801', 'hex'), open: () => createInflate() },
] as const
const gzipHeader = Buffer.from('1f8b08', 'hex')
const localHeader = Buffer.from('504b0304', 'hex')
const longest = 32 << 20

/** What comes out of everything in these bytes that looks like the beginning of something compressed, as far as it can be read. */
export async function* unpacked(bytes: Buffer): AsyncGenerator<{ as: string; bytes: Buffer }> {
  for (const { as, begins, open } of starts)
    for (let at = bytes.indexOf(begins); at >= 0; at = bytes.indexOf(begins, at + 1)) {
      const out = await through(open(), bytes.subarray(at, at + longest))
      if (out.length > 0) yield { as, bytes: out }
    }
  for (let at = bytes.indexOf(gzipHeader); at >= 0; at = bytes.indexOf(gzipHeader, at + 1)) {
    // Of what may stand before the content a name is the usual one.
    const content = (bytes[at + 3] ?? 0) & 8 ? bytes.indexOf(0, at + 10) + 1 : at + 10
    const out = await through(createInflateRaw(), bytes.subarray(content, content + longest))
    if (out.length > 0) yield { as: 'gzip', bytes: out }
  }
  for (
    let at = bytes.indexOf(localHeader);
    at >= 0 && at + 30 < bytes.length;
    at = bytes.indexOf(localHeader, at + 4)
  ) {
    const content = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28)
    if (bytes.readUInt16LE(at + 8) !== 8) continue
    const out = await through(createInflateRaw(), bytes.subarray(content, content + longest))
    if (out.length > 0) yield { as: 'zip', bytes: out }
  }
}

function through(open: NodeJS.ReadWriteStream, bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = []
  return new Promise((resolve) => {
    const done = () => resolve(Buffer.concat(parts))
    open.on('data', (part: Buffer) => parts.push(part))
    // What follows the end, or is damaged, ends it; what came out until then counts.
    open.on('error', done)
    open.on('end', done)
    open.end(bytes)
  })
}

/** Every file below a folder with its bytes. */
export function* wholeFiles(folder: string): Generator<{ path: string; bytes: Buffer }> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) yield { path, bytes: readFileSync(path) }
  }
}

/** All tables with their columns, parts of a table under its own name; catalogues of the system too, whose statistics hold values of rows. */
export async function columnsOf(database: pg.Client): Promise<{ table: string; column: string; type: string }[]> {
  const { rows } = await database.query<{ table: string; column: string; type: string }>(`
    select format('%I.%I', n.nspname, c.relname) as table, a.attname as column, t.typname as type
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    join pg_type t on t.oid = a.atttypid
    where a.attnum > 0 and not a.attisdropped and c.relkind in ('r', 'p', 'm', 'S') and not c.relispartition and n.nspname not in ('information_schema', 'pg_toast')
    order by 1, a.attnum`)
  return rows
}

/** Names `table.column` of where a text lies, with its bytes looked at too where a column holds bytes. */
export async function columnsWith(database: pg.Client, text: string): Promise<string[]> {
  const found: string[] = []
  for (const { table, column, type } of await columnsOf(database)) {
    const name = database.escapeIdentifier(column)
    const holds = type === 'bytea' ? `position(convert_to($1, 'UTF8') in ${name}) > 0` : `strpos(${name}::text, $1) > 0`
    const { rowCount } = await database.query(`select from ${table} where ${holds} limit 1`, [text])
    if (rowCount !== 0) found.push(`${table.replace('public.', '')}.${column}`)
  }
  return found
}

/** Values of every column of bytes. */
export async function* bytesInRows(database: pg.Client): AsyncGenerator<{ name: string; bytes: Buffer }> {
  for (const { table, column, type } of await columnsOf(database)) {
    if (type !== 'bytea') continue
    const name = database.escapeIdentifier(column)
    const { rows } = await database.query<{ v: Buffer }>(`select ${name} as v from ${table} where ${name} is not null`)
    for (const { v } of rows) yield { name: `${table}.${column}`, bytes: v }
  }
}
