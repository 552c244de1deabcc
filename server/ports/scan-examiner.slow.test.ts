import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type Server, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importLimits } from '@zhongheng/domain/imports/limits.ts'
import type { ScanRead } from '@zhongheng/domain/imports/scan.ts'
import { zipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { examinerCommand, openExaminer } from './examiner.ts'

/* Hostile files of scanners, given to the process that the platform gives them to, with the limits that it really has. */
const examiner = openExaminer()
const folder = mkdtempSync(join(tmpdir(), 'zh-scan-'))
const canary = join(folder, 'canary.txt')
writeFileSync(canary, 'canary-in-a-file')
let listener: Server
let port = 0
let connects = 0
beforeAll(async () => {
  listener = createServer((socket) => {
    connects++
    socket.destroy()
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  port = (listener.address() as { port: number }).port
})
afterAll(() => {
  listener.close()
  rmSync(folder, { recursive: true })
})

async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1 << 20) yield bytes.subarray(at, at + (1 << 20))
}
const read = (bytes: string | Uint8Array): Promise<ScanRead> =>
  examiner.readScan(inPieces(typeof bytes === 'string' ? Buffer.from(bytes) : bytes))

/** One item in each XML format, with `inside` where its texts are. */
const formats: readonly (readonly [string, (inside: string) => string])[] = [
  ['issues', (inside) => `<issues><issue><name>n${inside}</name></issue></issues>`],
  [
    'OWASPZAPReport',
    (inside) => `<OWASPZAPReport><site><alertitem><name>n${inside}</name></alertitem></site></OWASPZAPReport>`,
  ],
  [
    'NessusClientData_v2',
    (inside) =>
      `<NessusClientData_v2><ReportHost name="h"><ReportItem pluginName="n"><description>${inside}</description></ReportItem></ReportHost></NessusClientData_v2>`,
  ],
  [
    'nmaprun',
    (inside) =>
      `<nmaprun><host><port portid="80"><state state="open"/><script id="s" output="${inside}"/></port></host></nmaprun>`,
  ],
]
const externals = (root: string): readonly string[] => [
  `<!DOCTYPE ${root} [<!ENTITY x SYSTEM "file://${canary}">]>`,
  `<!DOCTYPE ${root} [<!ENTITY % p SYSTEM "http://127.0.0.1:${port}/">%p;]>`,
  `<!DOCTYPE ${root} SYSTEM "http://127.0.0.1:${port}/x.dtd">`,
]

const strace = spawnSync('strace', ['-V']).status === 0
/** The system calls that open a file or a connection, while the very command of the examiner reads this. */
async function traced(bytes: Uint8Array): Promise<string> {
  const log = join(folder, `trace-${readdirSync(folder).length}`)
  const calls = 'trace=open,openat,openat2,connect'
  const child = spawn('strace', ['-f', '-qq', '-e', calls, '-o', log, ...examinerCommand('scan', examiner.walled)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
  })
  const ended = once(child, 'close')
  child.stdin.end(bytes)
  await ended
  return readFileSync(log, 'utf8')
}

describe('a scanner’s XML with a document type', () => {
  it.each(formats)('PUB-UP-03: of %s is refused because of it, whatever it points to', async (root, around) => {
    for (const type of externals(root))
      expect(await read(`<?xml version="1.0"?>${type}${around('&x;')}`)).toMatchObject({ why: 'doctype' })
    expect(await read(around('&amp;'))).toMatchObject({ verdict: 'read', items: 1 })
    expect(connects).toBe(0)
  })
  it.skipIf(!strace)('PUB-UP-03: has nothing opened and nothing connected to (strace of the process)', async () => {
    for (const [root, around] of formats)
      for (const type of externals(root)) {
        const calls = await traced(Buffer.from(`${type}${around('&x;')}`))
        // It did run under the trace: its own code was opened.
        expect(calls).toContain('scans/main.ts')
        expect(calls).not.toContain(canary)
        expect(calls).not.toMatch(/connect\([^)]*AF_INET/)
      }
    expect(connects).toBe(0)
  })
})

/** What the system says of a process; '' when it has ended. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}

describe('a scanner’s XML that is built to unfold', () => {
  const laughs = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('')
  const bombs: readonly (readonly [string, string, string])[] = [
    ['by a billion laughs', `<!DOCTYPE issues [<!ENTITY l0 "ha">${laughs}]><issues>&l9;</issues>`, 'doctype'],
    [
      'by an entity of 100 kB that is used 100,000 times',
      `<!DOCTYPE issues [<!ENTITY a "${'a'.repeat(100_000)}">]><issues>${'&a;'.repeat(100_000)}</issues>`,
      'doctype',
    ],
    ['by the same entity that nothing declares', `<issues>${'&a;'.repeat(100_000)}</issues>`, 'entity'],
    ['by a million references to characters', `<issues>${'&#65;'.repeat(1_000_000)}</issues>`, 'too_many_references'],
    ['by elements within elements', '<issues>'.repeat(100_000), 'too_deep'],
  ]
  // Two seconds of the processor are a limit that the system holds the process to; whoever needs more is killed, and that is no refusal.
  it.each(bombs)('PUB-UP-04: %s is refused within two seconds and 256 MiB', async (_how, bomb, why) => {
    const command = examinerCommand('scan', false).map((word) => (word.startsWith('--cpu=') ? '--cpu=2' : word))
    expect(command).toContain('--cpu=2')
    const child = spawn(command[0] ?? '', command.slice(1), {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: '/usr/bin:/bin' },
    })
    // The most that the process held in memory, as the system counts it.
    let most = 0
    const watch = setInterval(() => {
      const status = statusOf(child.pid ?? 0)
      most = Math.max(most, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0))
    }, 5)
    const parts: Buffer[] = []
    child.stdout.on('data', (part: Buffer) => parts.push(part))
    const ended = once(child, 'close') as Promise<[number | null]>
    child.stdin.on('error', () => undefined)
    child.stdin.end(bomb)
    expect((await ended)[0]).toBe(0)
    clearInterval(watch)
    expect(most).toBeGreaterThan(10_000)
    expect(most).toBeLessThan(256 * 1024)
    expect(JSON.parse(Buffer.concat(parts).toString())).toMatchObject({ verdict: 'refused', why })
  })
})

describe('a scanner’s file with a million results', () => {
  const million = 1_000_000
  it('PUB-UP-10: is counted and refused with the count', async () => {
    const item = '<ReportItem severity="1"/>'
    const file = Buffer.from(
      `<NessusClientData_v2><ReportHost name="h">${item.repeat(million)}</ReportHost></NessusClientData_v2>`,
    )
    expect(file.length).toBeLessThanOrEqual(importLimits.bytes)
    expect(await read(file)).toEqual({ verdict: 'refused', why: 'too_many_findings', count: million })
  })
})

describe('a workbook with relations to elsewhere', () => {
  it('PUB-UP-08: is read without them: nothing is connected to or opened', async () => {
    const text = (value: string): Uint8Array => Buffer.from(value)
    const url = `http://127.0.0.1:${port}/canary`
    const relation = (id: string, kind: string) =>
      `<Relationship Id="${id}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/${kind}" Target="${url}" TargetMode="External"/>`
    const relations = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${['hyperlink', 'image', 'oleObject', 'externalLinkPath', 'aFChunk', 'attachedTemplate'].map((kind, at) => relation(`rId${at + 1}`, kind)).join('')}</Relationships>`
    const cell = (value: string) => `<c t="inlineStr"><is><t>${value}</t></is></c>`
    const sheet = `<worksheet xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheetData><row>${cell('title')}${cell('place')}</row><row>${cell('Weak')}<c t="str"><f>WEBSERVICE("${url}")</f><v>a.example</v></c></row></sheetData><hyperlinks><hyperlink ref="A2" r:id="rId1"/></hyperlinks><drawing r:id="rId2"/></worksheet>`
    const workbook = zipSync({
      '_rels/.rels': text(relations),
      'xl/_rels/workbook.xml.rels': text(relations),
      'xl/worksheets/_rels/sheet1.xml.rels': text(relations),
      'xl/drawings/_rels/drawing1.xml.rels': text(relations),
      'xl/externalLinks/externalLink1.xml': text('<externalLink><externalBook r:id="rId4"/></externalLink>'),
      'xl/worksheets/sheet1.xml': text(sheet),
    })
    const answer = await read(workbook)
    expect(answer).toMatchObject({ verdict: 'read', rows: [{ title: 'Weak', places: ['a.example'] }] })
    expect(JSON.stringify(answer)).not.toContain('canary')
    const document = zipSync({
      'word/document.xml': text('<w:document><w:altChunk r:id="rId5"/></w:document>'),
      'word/_rels/document.xml.rels': text(relations),
    })
    expect(await read(document)).toMatchObject({ verdict: 'refused', why: 'unknown_format' })
    if (strace) for (const file of [workbook, document]) expect(await traced(file)).not.toMatch(/connect\([^)]*AF_INET/)
    expect(connects).toBe(0)
  })
})
