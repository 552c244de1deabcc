import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withoutHarmlessDoctype } from '@zhongheng/domain/imports/doctype.ts'
import { importLimits } from '@zhongheng/domain/imports/limits.ts'
import type { ScanRead } from '@zhongheng/domain/imports/scan.ts'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { readScan } from './read-scan.ts'

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')
const read = (text: string): Promise<ScanRead> => readScan(bytes(text))
const rowsOf = async (text: string) => {
  const answer = await read(text)
  if (answer.verdict !== 'read') throw new Error(answer.why)
  return answer.rows
}
const refusalOf = async (text: string) => {
  const answer = await read(text)
  return answer.verdict === 'refused' ? answer.why : answer
}

describe('a file of a scanner', () => {
  it('of Nessus has one row for each plugin and host', async () => {
    const rows = await rowsOf(
      `<NessusClientData_v2><Report><ReportHost name="10.0.0.1">
      <ReportItem port="443" severity="3" pluginName="Weak TLS"><description>old &amp; weak</description><cwe>327</cwe>
      <cvss3_vector>CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N</cvss3_vector><solution>upgrade</solution></ReportItem>
      </ReportHost></Report></NessusClientData_v2>`,
    )
    expect(rows).toMatchObject([
      {
        title: 'Weak TLS',
        severity: 'high',
        cwe: 'CWE-327',
        places: ['10.0.0.1:443'],
        description: 'old & weak',
        repair: 'upgrade',
        times: 1,
      },
    ])
  })
  it('of Nmap has one row for each open port, at the host it was found on', async () => {
    const port = (id: string, state: string) =>
      `<port protocol="tcp" portid="${id}"><state state="${state}"/><service name="http"/></port>`
    const rows = await rowsOf(
      `<nmaprun><host><address addr="10.0.0.1"/><hostnames><hostname name="a.example"/></hostnames><ports>${port('80', 'open')}${port('81', 'closed')}</ports></host>
       <host><address addr="10.0.0.2"/><ports>${port('8080', 'open')}</ports></host></nmaprun>`,
    )
    expect(rows.map(({ places }) => places)).toEqual([['a.example:80'], ['10.0.0.2:8080']])
  })
  it('that tells its texts as HTML is read as text', async () => {
    const [row] = await rowsOf(
      `<issues><issue><name>XSS</name><host ip="10.0.0.1">https://a.example</host><path><![CDATA[/x?a=<b>]]></path><severity>High</severity>
      <issueDetail><![CDATA[<p>the <b>name</b></p><script>alert(1)</script>]]></issueDetail></issue></issues>`,
    )
    expect(row).toMatchObject({ places: ['https://a.example/x?a=<b>'], description: 'the name\nalert(1)' })
  })
  it('tells the same result at several places of one host as one row', async () => {
    const line = (path: string) =>
      JSON.stringify({
        'template-id': 't',
        info: { name: 'n', severity: 'low' },
        'matched-at': `https://a.example${path}`,
      })
    expect(await rowsOf([line('/1'), line('/2'), line('/1')].join('\n'))).toMatchObject([
      { times: 3, places: ['https://a.example/1', 'https://a.example/2'] },
    ])
  })
  it('of ZAP as JSON tells the same as its XML, with sites in a list or alone', async () => {
    const alert = {
      pluginid: '40012',
      alert: 'XSS',
      name: 'Cross Site Scripting',
      riskcode: '3',
      desc: '<p>old &amp; weak</p>',
      instances: [{ uri: 'https://a.example/x', method: 'GET', param: 'q' }, { uri: 'https://a.example/y' }],
      solution: '<p>escape</p>',
      cweid: '79',
    }
    const site = { '@name': 'https://a.example', alerts: [alert, { name: 'Header', riskcode: '0' }] }
    for (const sites of [[site], site])
      expect(await read(JSON.stringify({ '@version': '2.14.0', site: sites }))).toMatchObject({
        format: 'zap',
        items: 2,
        rows: [
          {
            title: 'Cross Site Scripting',
            severity: 'high',
            cwe: 'CWE-79',
            places: ['https://a.example/x', 'https://a.example/y'],
            description: 'old & weak',
            repair: 'escape',
          },
          { title: 'Header', severity: 'info', places: ['https://a.example'] },
        ],
      })
    expect(await read(JSON.stringify({ '@programName': 'ZAP', site: [] }))).toMatchObject({ format: 'zap', items: 0 })
  })
  it.each([
    ['sites that are none', '{"@version":"2","site":[1,"x",null]}'],
    ['no site', '{"@version":"2"}'],
    ['a site behind the prototype', '{"@version":"2","__proto__":{"site":[]},"constructor":{"site":[]}}'],
  ])('of ZAP as JSON with %s is refused', async (_what, text) => {
    expect(await refusalOf(text)).toBe('unknown_format')
  })
  it('of ZAP as JSON with alerts that are none leaves them out', async () => {
    const odd = [null, 1, 'x', [], {}, { name: ['a'] }, { name: { toString: 1 } }]
    const good = { name: 'good', instances: 'x', riskcode: {}, desc: [1], cweid: {} }
    expect(await read(JSON.stringify({ '@version': '2', site: [{ alerts: [...odd, good] }] }))).toMatchObject({
      items: 8,
      leftCount: 7,
      rows: [{ title: 'good', severity: 'info', cwe: null, description: '' }],
    })
  })
  it('says which results were left out, and why', async () => {
    const good = JSON.stringify({ 'template-id': 't', info: { name: 'n' } })
    expect(await read(`${good}\n{broken\n{"info":1}\n${good}`)).toMatchObject({
      verdict: 'read',
      items: 4,
      leftCount: 2,
      left: [
        { item: 2, why: 'not_json' },
        { item: 3, why: 'not_a_result' },
      ],
    })
  })
  it('keeps no control or direction characters, and no more text than a row carries', async () => {
    const [row] = await rowsOf(
      `<issues><issue><name>a\u202eb&#9;c</name><issueDetail>${'x'.repeat(50_000)}</issueDetail></issue></issues>`,
    )
    expect(row?.title).toBe('ab c')
    expect(row?.description).toHaveLength(importLimits.description)
  })
  it.each([
    ['of no known kind', '<html/>', 'unknown_format'],
    ['that is empty', '', 'unknown_format'],
    ['that is cut', '<issues><issue>', 'malformed'],
    ['with crossed elements', '<issues><a><b></a></b></issues>', 'malformed'],
    ['with an attribute twice', '<issues a="1" a="2"/>', 'malformed'],
    ['with two roots', '<issues/><issues/>', 'malformed'],
    ['with a NUL as a reference', '<issues>&#0;</issues>', 'malformed'],
    ['with an unknown entity', '<issues>&x;</issues>', 'entity'],
    ['in UTF-7', '<?xml version="1.0" encoding="UTF-7"?><issues/>', 'encoding'],
    ['in JSON that is no result', '{"a":1}', 'unknown_format'],
    ['in JSON lists alone', '['.repeat(100_000), 'malformed'],
  ])('%s is refused', async (_what, text, why) => {
    expect(await refusalOf(text)).toBe(why)
  })
  it('PUB-UP-03: in UTF-16 is refused: a DOCTYPE cannot hide behind an encoding', async () => {
    const hidden = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><issues>&x;</issues>'
    const answer = await readScan(Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from(hidden, 'utf16le')]))
    expect(answer).toMatchObject({ verdict: 'refused' })
  })
  it('of any bytes has an answer', async () => {
    const pieces = fc.constantFrom(
      '<issues>',
      '</issues>',
      '<issue>',
      '<![CDATA[',
      ']]>',
      '&',
      '&#',
      ';',
      '"',
      '=',
      ' a',
      '<',
      '>',
      '{',
      '[',
      '<?',
      '?>',
      '<!--',
      '-->',
      '\n',
      '"runs"',
      'é',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 30 }), async (parts) => {
        const { verdict } = await read(parts.join(''))
        expect(['read', 'refused']).toContain(verdict)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a table as text', () => {
  it('is read by the names of its columns, whatever separates them', async () => {
    for (const sign of [',', ';', '\t'])
      for (const [end, mark] of [
        ['\n', ''],
        ['\r\n', '\ufeff'],
      ] as const) {
        const lines = [
          ['名称', '级别', '位置', '描述'],
          ['弱口令', '高危', 'a.example:80', `"一行${end}又一行 ""引用"""`],
          ['', '', '', ''],
        ]
        expect(await read(mark + lines.map((cells) => cells.join(sign)).join(end))).toMatchObject({
          format: 'csv',
          items: 1,
          rows: [{ title: '弱口令', severity: 'high', places: ['a.example:80'], description: '一行\n又一行 "引用"' }],
        })
      }
  })
  it('of a scanner has its host and port, and may begin with lines about itself', async () => {
    const text = [
      '"Report","4 Feb"',
      '"Company","Street"',
      '',
      '"Plugin ID","CVSS","Risk","Host","Protocol","Port","Name","Synopsis","Solution"',
      '"1","","Critical","a.example","tcp","8443","Old TLS","It is old","Mend it"',
      '"2","","None","fe80::1","tcp","0","Ping","",""',
    ].join('\n')
    expect(await read(text)).toMatchObject({
      items: 2,
      rows: [
        {
          title: 'Old TLS',
          severity: 'critical',
          places: ['a.example:8443'],
          description: 'It is old',
          repair: 'Mend it',
        },
        { title: 'Ping', severity: 'info', places: ['fe80::1'] },
      ],
    })
  })
  it.each(['=HYPERLINK("https://canary.invalid/?"&A1)', '+1+1', '-1+1', '@SUM(A1)', '＝1', ';=1+1', "'=1"])(
    'PUB-IN-03: keeps the cell %s as the text that it is',
    async (cell) => {
      const quoted = `"${cell.replaceAll('"', '""')}"`
      expect(await rowsOf(`title,severity,url\n${quoted},high,${quoted}\n`)).toMatchObject([
        { title: cell, places: [cell] },
      ])
    },
  )
  it.each([
    ['without known headings', 'a,b\n1,2\n', 'unknown_format'],
    ['with a name and nothing else', 'title,b\n1,2\n', 'unknown_format'],
    ['whose headings come too late', `${'x,y\n'.repeat(10)}title,severity\n`, 'unknown_format'],
    ['with a quotation mark that never ends', 'title,severity\n"abc,high\n', 'malformed'],
    ['that is a picture', 'GIF89a,title', 'unknown_format'],
    ['of one endless line', 'a,'.repeat(500_000), 'unknown_format'],
  ])('%s is refused', async (_what, text, why) => {
    expect(await refusalOf(text)).toBe(why)
  })
  it.each([
    ['GB18030', Buffer.from([0xc3, 0xfb, 0xb3, 0xc6, 0x2c, 0xbc, 0xb6, 0xb1, 0xf0, 0x0a])],
    ['UTF-16', Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from('title,severity\na,high\n', 'utf16le')])],
    ['Latin-1', Buffer.from('title,severity\ncaf\u00e9,high\n', 'latin1')],
  ])('in %s is refused: what it says would be a guess', async (_encoding, file) => {
    expect(await readScan(file)).toMatchObject({ verdict: 'refused', why: 'encoding' })
  })
  it('PUB-UP-10: of a million rows is refused with its count, and of huge cells keeps the beginning', async () => {
    expect(await read(`title,severity\n${'a,high\n'.repeat(1_000_000)}`)).toMatchObject({
      why: 'too_many_findings',
      count: 1_000_000,
    })
    const [row] = await rowsOf(`title,severity,description\n${'t'.repeat(1_000_000)},high,"${'""'.repeat(500_000)}"\n`)
    expect([row?.title.length, row?.description.length]).toEqual([importLimits.title, importLimits.description])
  })
  it('of any signs has an answer', async () => {
    const pieces = fc.constantFrom(
      'title',
      'severity',
      ',',
      ';',
      '\t',
      '"',
      '""',
      '\n',
      '\r',
      '\r\n',
      '=1',
      '\0',
      'é',
      ' ',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 40 }), async (parts) => {
        const { verdict } = await read(`x${parts.join('')}`)
        expect(['read', 'refused']).toContain(verdict)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a workbook', () => {
  const sheet = (rows: string) => `<worksheet><sheetData>${rows}</sheetData></worksheet>`
  const row = (...cells: string[]) =>
    `<row>${cells.map((one) => `<c t="inlineStr"><is><t>${one}</t></is></c>`).join('')}</row>`
  const workbook = (xml: string, more: Record<string, string> = {}): Promise<ScanRead> =>
    readScan(
      Buffer.from(
        zipSync({
          'xl/worksheets/sheet1.xml': bytes(xml),
          ...Object.fromEntries(Object.entries(more).map(([name, text]) => [name, bytes(text)])),
        }),
      ),
    )
  it('is read by the names of its columns', async () => {
    expect(
      await workbook(sheet(row('名称', '级别', '位置') + row('弱口令', '高危', 'a.example:80') + '<row/>')),
    ).toMatchObject({
      format: 'sheet',
      items: 1,
      rows: [{ title: '弱口令', severity: 'high', places: ['a.example:80'] }],
    })
  })
  it('shows of a formula the value that was stored, and computes nothing', async () => {
    const cell = '<row><c t="str"><f>HYPERLINK("https://canary.invalid/")</f><v>shown</v></c></row>'
    expect(await workbook(sheet(row('title') + cell))).toMatchObject({ rows: [{ title: 'shown' }] })
  })
  it('without known headings, or with a DOCTYPE in a part, is refused', async () => {
    expect(await workbook(sheet(row('a', 'b')))).toMatchObject({ why: 'no_headings' })
    expect(await workbook(`<!DOCTYPE x>${sheet('')}`)).toMatchObject({ why: 'doctype' })
  })
  it('that is a text document is none', async () => {
    const document = Buffer.from(zipSync({ 'word/document.xml': bytes('<w:altChunk r:id="x"/>') }))
    expect(await readScan(document)).toMatchObject({ verdict: 'refused', why: 'unknown_format' })
  })
  it('PUB-UP-02: with parts of other places in it is read by its two parts alone; one part twice is refused', async () => {
    const filled = sheet(row('title') + row('弱口令'))
    const others = {
      '../../etc/cron.d/x': '* * * * * root id',
      '/etc/passwd': 'x',
      'xl\\worksheets\\sheet1.xml': sheet(''),
    }
    expect(await workbook(filled, others)).toMatchObject({ items: 1, rows: [{ title: '弱口令' }] })
    const twice = Buffer.from(
      zipSync({ 'xl/worksheets/sheet1.xml': bytes(filled), 'xl/worksheets/sheet2.xml': bytes(filled) }),
    )
    for (let at = twice.indexOf('sheet2'); at >= 0; at = twice.indexOf('sheet2', at)) twice.write('sheet1', at)
    expect(await readScan(twice)).toMatchObject({ verdict: 'refused', why: 'unsafe_workbook' })
  })
  it('PUB-UP-01: that unpacks to more than a sheet may have is refused', async () => {
    const bomb = Buffer.from(zipSync({ 'xl/worksheets/sheet1.xml': new Uint8Array(importLimits.sheetBytes + 1) }))
    expect(await readScan(bomb)).toMatchObject({ verdict: 'refused', why: 'unsafe_workbook' })
  })
})

const data = join(import.meta.dirname, '../../../../shared/data/scanners')
type Expected = { file: string; tool: string; expect: string; count: number; raw: Record<string, number> | null }
const listed: Expected[] = existsSync(join(data, 'expected.json'))
  ? (JSON.parse(readFileSync(join(data, 'expected.json'), 'utf8')) as Expected[])
  : []
/** Which of the counts of a file are its results, as we count them: items without judgement. */
const counted: Readonly<Record<string, string>> = {
  burp: 'issue',
  nmap: 'open',
  sarif: 'results',
  tenable: 'ReportItem',
}
const known = listed.filter(
  ({ tool, file, expect: wanted }) =>
    wanted === 'findings' &&
    (counted[tool] !== undefined || tool === 'nuclei' || tool === 'zap') &&
    !file.endsWith('.csv'),
)

/** Tables of which each row is a result, by tools whose headings have a name. */
const byHeadings = [
  'bugcrowd',
  'cloudflare_insights',
  'cobalt',
  'generic',
  'intsights',
  'kiuwan',
  'openvas',
  'qualys_vmdr',
  'skf',
  'tenable',
  'testssl',
]
const tables = listed.filter(
  ({ file, tool, raw, expect: wanted }) =>
    file.endsWith('.csv') && wanted === 'findings' && raw?.['rows'] !== undefined && byHeadings.includes(tool),
)

describe.skipIf(tables.length === 0)('real tables of scanners, where the folder with them is present,', () => {
  it.each(tables.map((one) => [one.file, one] as const))('%s has as many results as rows', async (file, one) => {
    const answer = await readScan(readFileSync(join(data, file)))
    expect(answer).toMatchObject({ verdict: 'read', format: 'csv' })
    // Lines about the tool itself, and lines within cells, stand as rows in one of the counts.
    if (answer.verdict === 'read') expect([one.raw?.['rows'], one.count]).toContain(answer.items)
  })
})

describe.skipIf(known.length === 0)('real files of scanners, where the folder with them is present,', () => {
  it.each(known.map((one) => [one.file, one] as const))('%s has as many results as were counted', async (file, one) => {
    const text = withoutHarmlessDoctype(readFileSync(join(data, file)).toString('latin1'))
    const answer = await readScan(Buffer.from(text, 'latin1'))
    const raw = one.raw ?? {}
    expect(answer).toMatchObject({
      verdict: 'read',
      // Of ZAP the peer counts alerts one by one too, and leaves out those in comments.
      items: one.tool === 'zap' ? one.count : (raw[counted[one.tool] ?? ''] ?? raw['lines'] ?? raw['items']),
      leftCount: 0,
    })
  })
})
