import { describe, expect, it } from 'vitest'
import { explainScope } from '../judge.ts'
import { parseAbsoluteTarget } from '../target.ts'
import { type Compilation, compileScope } from './compile.ts'
import { assetChoices, describeScope } from './describe.ts'
import { importProgramme } from './import-programme.ts'
import { decideScope } from './match.ts'
import { answerQuestion } from './questions.ts'
import { readScopeLines } from './read-lines.ts'
import type { ScopeRow } from './rows.ts'

const compile = (text: string): Compilation => compileScope(readScopeLines(text), { versionId: 'scv_1' })
const verdicts = (text: string, urls: readonly string[]): string[] => {
  const { scope } = compile(text)
  return urls.map((url) => {
    const explained = explainScope(scope, url)
    return explained.verdict === 'allow' ? 'allow' : explained.rule
  })
}
const verdict = (text: string, url: string): string => verdicts(text, [url])[0] ?? ''
const kinds = (text: string): string[] => compile(text).questions.map((one) => one.kind)

describe('a scope written by hand', () => {
  it('takes assets, exclusions, sections, ports and remarks', () => {
    const rows = readScopeLines(
      [
        '# 测试范围',
        'shop.example.com   # the shop',
        '*.api.example.com:8443',
        '10.1.0.0/24 80,443,8000-8100',
        '! blog.example.com',
        '-old.example.com',
        'out:',
        'shop.example.com/logout',
        '范围内：',
        'https://app.example.com/#/start',
      ].join('\r\n'),
    )
    expect(rows.map((row) => [row.rowId, row.effect, row.asset, row.note])).toEqual([
      ['line-0002', 'in', 'shop.example.com', 'the shop'],
      ['line-0003', 'in', '*.api.example.com:8443', ''],
      ['line-0004', 'in', '10.1.0.0/24 80,443,8000-8100', ''],
      ['line-0005', 'out', 'blog.example.com', ''],
      ['line-0006', 'out', 'old.example.com', ''],
      ['line-0008', 'out', 'shop.example.com/logout', ''],
      ['line-0010', 'in', 'https://app.example.com/#/start', ''],
    ])
  })

  it('opens 80 and 443 of a bare host, and what is written of others', () => {
    const scope = 'a.example\nb.example:8443\nc.example:*\n10.0.0.0/24 80,8000-8100\n[2001:db8::5]:9000'
    expect(verdicts(scope, ['http://a.example', 'https://a.example', 'https://a.example:8443'])).toEqual([
      'allow',
      'allow',
      'SCOPE-1',
    ])
    expect(verdicts(scope, ['https://b.example:8443', 'https://b.example'])).toEqual(['allow', 'SCOPE-1'])
    expect(verdict(scope, 'http://c.example:31337')).toBe('allow')
    expect(verdicts(scope, ['http://10.0.0.9:8050', 'http://10.0.0.9:443', 'http://10.0.1.9'])).toEqual([
      'allow',
      'SCOPE-1',
      'SCOPE-1',
    ])
    expect(verdict(scope, 'http://[2001:db8::5]:9000/')).toBe('allow')
  })

  it.each([
    ['192.0.2.10-192.0.2.20', ['192.0.2.10', '192.0.2.15', '192.0.2.20'], ['192.0.2.9', '192.0.2.21']],
    ['192.0.2.10-20', ['192.0.2.20'], ['192.0.2.21']],
    ['192.0.2.10 - 192.0.2.20', ['192.0.2.11'], ['192.0.2.21']],
    ['193.0.0.161/27', ['193.0.0.160', '193.0.0.191'], ['193.0.0.192']],
    ['2001:67c:2e8::/48', ['[2001:67c:2e8:ffff::1]'], ['[2001:67c:2e9::1]']],
  ])('reads the range %s', (asset, inside, outside) => {
    for (const host of inside) expect(verdict(asset, `https://${host}/`), host).toBe('allow')
    for (const host of outside) expect(verdict(asset, `https://${host}/`), host).toBe('SCOPE-1')
  })

  it('reads international names as their A-labels', () => {
    expect(verdict('*.bücher.example', 'https://shop.xn--bcher-kva.example/')).toBe('allow')
    expect(verdict('xn--bcher-kva.example', 'https://BÜCHER.example/')).toBe('allow')
  })
})

describe('wildcards', () => {
  it('cover every depth below, not the apex, and no look-alike', () => {
    const urls = ['https://a.x.example', 'https://b.a.x.example', 'https://x.example', 'https://notx.example']
    expect(verdicts('*.x.example', urls)).toEqual(['allow', 'allow', 'SCOPE-1', 'SCOPE-1'])
    expect(compile('*.x.example').hints).toMatchObject([{ suggestion: [{ effect: 'in', asset: 'x.example' }] }])
    expect(explainScope(compile('*.x.example').scope, 'x.example').why.en).toContain('not x.example itself')
  })
  it('of an exclusion cover the apex too, which a row of its own brings back', () => {
    expect(verdict('*.example\n*.x.example\n!*.x.example', 'https://x.example')).toBe('SCOPE-2')
    expect(verdict('x.example.com\n!*.x.example.com', 'https://x.example.com')).toBe('allow')
  })
  it('inside a name stay within one label of an inclusion', () => {
    const scope = 'jira*.x.example\na.*.y.example\n*.dev.*.z.example'
    expect(
      verdicts(scope, [
        'https://jira.x.example',
        'https://jira7.x.example',
        'https://jira.evil.x.example',
        'https://a.b.y.example',
        'https://a.b.c.y.example',
        'https://q.r.dev.eu.z.example',
        'https://dev.eu.z.example',
      ]),
    ).toEqual(['allow', 'allow', 'SCOPE-1', 'allow', 'SCOPE-1', 'allow', 'SCOPE-1'])
  })
  it('inside a name of an exclusion reach over dots', () => {
    const scope = '*.x.example\n!*dev*.x.example'
    expect(verdicts(scope, ['https://a.b.x.example', 'https://a.dev1.b.x.example', 'https://dev.x.example'])).toEqual([
      'allow',
      'SCOPE-2',
      'SCOPE-2',
    ])
  })
  it.each(['*.dhl', '*.com.cn', 'www.shop.*', '*.*', '*', 'www.pay-*.com', '*shop.com'])(
    '%s is too wide to include without a word from a person',
    (asset) => {
      expect(kinds(asset)).toEqual(['too_wide'])
      expect(compile(asset).scope.rules).toEqual([])
      expect(kinds(`!${asset}`)).toEqual([])
    },
  )
  it('under a hosting suffix ask', () => {
    expect(kinds('*.github.io')).toEqual(['shared_suffix'])
    expect(kinds('*.acme.github.io')).toEqual([])
  })
})

describe('which rule wins', () => {
  it.each([
    ['an excluded host under an included wildcard', '*.x.example\n!a.x.example', 'https://a.x.example', 'SCOPE-2'],
    ['an included host under an excluded wildcard', 'a.x.example\n!*.x.example', 'https://a.x.example', 'allow'],
    ['a subtree in a subtree', '*.x.example\n!*.b.x.example\na.b.x.example', 'https://a.b.x.example', 'allow'],
    ['an excluded subtree', '*.x.example\n!*.b.x.example', 'https://a.b.x.example', 'SCOPE-2'],
    ['a host listed both ways', 'x.example\n!https://x.example/', 'https://x.example', 'SCOPE-3'],
    ['a wildcard listed both ways', '*.x.example\n!*.x.example', 'https://a.x.example', 'SCOPE-3'],
    ['an excluded path', 'x.example\n!x.example/logout', 'https://x.example/logout/now', 'SCOPE-2'],
    ['beside an excluded path', 'x.example\n!x.example/logout', 'https://x.example/logouts', 'allow'],
    ['an included path of an excluded host', 'x.example/pub\n!x.example', 'https://x.example/pub/a', 'allow'],
    ['a path of a wildcard against a host', 'a.x.example\n!*.x.example/loans', 'https://a.x.example/loans', 'SCOPE-3'],
    ['a path on every host', 'a.x.example\n!*/xmlrpc.php', 'https://a.x.example/xmlrpc.php', 'SCOPE-3'],
    ['a port against a host', 'x.example:8443\n!x.example', 'https://x.example:8443', 'allow'],
    ['an excluded port', 'x.example:*\n!x.example:9000', 'https://x.example:9000', 'SCOPE-2'],
    ['crossing wildcards', '*.eu.x.example\n!*-sandbox.*.example', 'https://a-sandbox.eu.x.example', 'SCOPE-3'],
    ['an address in an excluded range', '10.0.0.0/8\n!10.1.0.0/16', 'https://10.1.2.3', 'SCOPE-2'],
    ['an address brought back', '10.0.0.0/8\n!10.1.0.0/16\n10.1.2.3', 'https://10.1.2.3', 'allow'],
    ['crossing ranges', '10.0.0.1-10.0.0.9\n!10.0.0.5-10.0.0.20', 'https://10.0.0.7', 'SCOPE-3'],
    ['everything else excluded', 'a.example.com\n!*', 'https://a.example.com', 'allow'],
  ])('%s', (_, scope, url, expected) => {
    expect(verdict(scope, url)).toBe(expected)
  })

  it('asks on both sides about what is listed both ways, and obeys the answer', () => {
    const rows = readScopeLines('x.example\n!x.example')
    const { questions } = compileScope(rows, { versionId: 'scv_1' })
    expect(questions.map((one) => [one.kind, one.effect])).toEqual([
      ['listed_both_ways', 'in'],
      ['listed_both_ways', 'out'],
    ])
    const exclusion = questions.find((one) => one.effect === 'out')
    if (exclusion === undefined) throw new Error('asked above')
    const decided = compileScope(answerQuestion(rows, exclusion, { kind: 'drop', note: '已核对' }), {
      versionId: 'scv_2',
    })
    expect(decided.questions).toEqual([])
    expect(explainScope(decided.scope, 'https://x.example').verdict).toBe('allow')
  })
})

describe('paths are judged in every reading a server may make', () => {
  it.each([
    '/logout',
    '/LogOut',
    '/%6cogout',
    '/%256cogout',
    '/a/../logout',
    '/a/%2e%2e/logout',
    '/a/..%2flogout',
    '/a\\..\\logout',
    '//logout',
    '/./logout',
    '/logout;jsessionid=1',
    '/logout%00.png',
    '/logout/',
    '/logout.',
    '/logout%2fx',
    '/logout?x=/a',
    '/..;/logout',
    '/%c0%ae%c0%ae/logout',
  ])('%s meets the exclusion of /logout', (path) => {
    expect(verdict('x.example\n!x.example/logout', `https://x.example${path}`)).toBe('SCOPE-2')
  })
  it.each(['/api/../admin', '/api/%2e%2e/admin', '/api/..%2fadmin', '/api/..%5cadmin', '/apis', '/API/x', '/admin'])(
    '%s is not below an included /api',
    (path) => {
      expect(verdict('x.example/api', `https://x.example${path}`)).toBe('SCOPE-1')
    },
  )
  it.each(['/api', '/api/', '/api/v1?x=../..', '/api/a%2Fb'])('%s is', (path) => {
    expect(verdict('x.example/api', `https://x.example${path}`)).toBe('allow')
  })
  it('denies a path too long to be read only where a path rule needs it read', () => {
    const path = `/${'%2f..'.repeat(3000)}`
    expect(verdict('x.example', `https://x.example${path}`)).toBe('allow')
    expect(verdict('x.example\n!x.example/logout', `https://x.example${path}`)).toBe('SCOPE-1')
  })
  it('lets a star of a path stand for one segment', () => {
    const scope = 'x.example/accounts/*/browser'
    expect(verdict(scope, 'https://x.example/accounts/7/browser/a')).toBe('allow')
    expect(verdict(scope, 'https://x.example/accounts/7/8/browser')).toBe('SCOPE-1')
  })
  it('opens a tunnel where some path may pass, and a blind one only where every path may', () => {
    const connect = (text: string, reach: 'connect' | 'tunnel'): boolean => {
      const reading = parseAbsoluteTarget('https://x.example')
      return reading.ok && decideScope(compile(text).scope, reading.target, reach).in
    }
    expect(connect('x.example/api', 'connect')).toBe(true)
    expect(connect('x.example/api', 'tunnel')).toBe(false)
    expect(connect('x.example\n!x.example/logout', 'connect')).toBe(true)
    expect(connect('x.example\n!x.example/logout', 'tunnel')).toBe(false)
    expect(connect('x.example', 'tunnel')).toBe(true)
    expect(connect('x.example\n!x.example', 'connect')).toBe(false)
  })
})

describe('what cannot become a rule', () => {
  it.each([
    ['com.example.banking', 'app_id'],
    ['https://play.google.com/store/apps/details?id=com.x', 'app'],
    ['https://apps.apple.com/us/app/x/id1', 'app'],
    ['https://github.com/acme/app', 'source'],
    ['Any host verified to be owned by us', 'prose'],
    ['Tier 1', 'prose'],
    ['Auth0.js', 'prose'],
    ['iOS/Android', 'prose'],
    ['sftp://ftp.example.com:45875', 'scheme'],
    ['https://x.example.com/#/login', 'fragment'],
    ['https://x.example.com/apps?id=1', 'query'],
    ['tenant-<name>.example.com', 'placeholder'],
    ['https://tenant-###.example.com', 'placeholder'],
    ['169.254.169.254', 'never_dialled'],
    ['127.0.0.0/8', 'never_dialled'],
    ['http://localhost:3000', 'never_dialled'],
    ['0.0.0.0/0', 'too_wide'],
    ['https://x.example.com:99999', 'ports'],
    ['(*.x.example:80|*.x.example:443) AND 10.0.0.0/8', 'conjunction'],
    ['pay.example.com (checkout only)', 'remark_restricts'],
    ['████████', 'redacted'],
  ])('%s becomes a question: %s', (asset, kind) => {
    const { scope, questions } = compile(asset)
    expect(scope.rules).toEqual([])
    expect(questions.map((one) => one.kind)).toEqual([kind])
    expect(questions[0]?.mayHideDenial).toBe(kind === 'remark_restricts')
    expect(questions[0]?.why.zh).not.toBe('')
  })

  it('of an exclusion says that it may hide a denial', () => {
    const { questions } = compile('!all staging systems')
    expect(questions).toMatchObject([{ effect: 'out', kind: 'prose', mayHideDenial: true, hasRules: false }])
  })

  it('keeps what a mixed exclusion does name, and asks about the rest', () => {
    const { scope, questions } = compile('!fm.x.example | voip.x.example and other retired hosts')
    expect(scope.rules.map((rule) => rule.host)).toEqual([
      { kind: 'name', name: 'fm.x.example' },
      { kind: 'name', name: 'voip.x.example' },
    ])
    expect(questions).toMatchObject([{ kind: 'prose', hasRules: true, mayHideDenial: true }])
  })

  it('does not read an exception as an exclusion', () => {
    expect(compile('!everything except a.example.com, b.example.com').scope.rules).toEqual([])
  })

  it('points at instructions that seem to exclude something', () => {
    const rows: ScopeRow[] = [
      { rowId: 'in-1', effect: 'in', asset: '*.x.example', type: '', note: 'Out of scope: careers.x.example' },
    ]
    const { scope, questions } = compileScope(rows, { versionId: 'scv_1' })
    expect(scope.rules).toHaveLength(1)
    expect(questions).toMatchObject([
      { kind: 'note_restricts', mayHideDenial: true, suggestion: [{ effect: 'out', asset: 'careers.x.example' }] },
    ])
  })
})

describe('several assets in one field', () => {
  it.each([
    ['a.example.com,*.a.example.com', 2],
    ['https://a.example.com/x/*,https://b.example.com/y/*', 2],
    ['*.a.example / *.b.example', 2],
    ['193.0.0.0/19 and 2001:67c:2e8::/48', 2],
    ['a.example.com; b.example.com\nc.example.com', 3],
    ['a.example.com:80,443', 1],
    ['www.x.(fr|co.uk|com)', 3],
    ['exceptions.x.fr | .de', 2],
    ['https://x.example/a,b', 1],
    ['help.x.example (Zendesk)', 1],
    ['a.example.com\t', 1],
    ['`a.example.com`', 1],
    ['\\*.a.example.com', 1],
  ])('%j gives %i rules', (asset, count) => {
    const row: ScopeRow = { rowId: 'r', effect: 'in', asset, type: '', note: '' }
    const { scope, questions } = compileScope([row], { versionId: 'scv_1' })
    expect(questions).toEqual([])
    expect(scope.rules).toHaveLength(count)
  })
})

describe('answering a question', () => {
  const ask = (text: string) => {
    const rows = readScopeLines(text)
    const question = compileScope(rows, { versionId: 'scv_1' }).questions[0]
    if (question === undefined) throw new Error('a question is expected')
    return { rows, question }
  }
  it('with other rows keeps the old line in the letter', () => {
    const { rows, question } = ask('Backend: api.example.com')
    expect(question.suggestion).toEqual([{ effect: 'in', asset: 'api.example.com' }])
    const next = answerQuestion(rows, question, { kind: 'rows', rows: question.suggestion ?? [] })
    const { scope, questions } = compileScope(next, { versionId: 'scv_2' })
    expect(questions).toEqual([])
    expect(scope.rules.map((rule) => rule.rowId)).toEqual(['line-0001.1'])
    expect(scope.letterLines.map((line) => line.asset)).toEqual(['Backend: api.example.com'])
  })
  it('as it stands makes a wide rule of it where it can be one', () => {
    const { rows, question } = ask('*.dhl')
    const next = answerQuestion(rows, question, { kind: 'as_it_stands' })
    expect(explainScope(compileScope(next, { versionId: 'scv_2' }).scope, 'https://shop.dhl').verdict).toBe('allow')
  })
  it('as it stands leaves prose to the letter', () => {
    const { rows, question } = ask('Our mobile app')
    const { scope, questions } = compileScope(answerQuestion(rows, question, { kind: 'as_it_stands' }), {
      versionId: 'scv_2',
    })
    expect(questions).toEqual([])
    expect(scope.letterLines).toHaveLength(1)
  })
  it('can never make a loopback address a rule', () => {
    const { rows, question } = ask('127.0.0.1')
    const next = answerQuestion(rows, question, { kind: 'as_it_stands' })
    expect(compileScope(next, { versionId: 'scv_2' }).scope.rules).toEqual([])
  })
  it('refuses an empty answer and a row that is not there', () => {
    const { rows, question } = ask('Our mobile app')
    expect(() => answerQuestion(rows, question, { kind: 'rows', rows: [] })).toThrow(/at least one/)
    expect(() => answerQuestion([], question, { kind: 'letter_only' })).toThrow(/no such row/)
  })
})

describe('importing a programme', () => {
  it('takes what HackerOne keeps among the included but marks as closed for an exclusion', () => {
    const rows = importProgramme('hackerone', {
      targets: {
        in_scope: [
          {
            asset_identifier: 'a.example.com',
            asset_type: 'URL',
            eligible_for_submission: false,
            max_severity: 'none',
          },
        ],
        out_of_scope: [],
      },
    })
    expect(rows).toMatchObject([{ rowId: 'in-0001', effect: 'out', asset: 'a.example.com', maxSeverity: 'none' }])
  })
  it('reads the address field and the name of Bugcrowd', () => {
    const { scope, questions } = compileScope(
      importProgramme('bugcrowd', {
        in_scope: [
          { type: 'website', target: 'https://x.example', uri: '', name: '*.x.example', ipAddress: null },
          { type: 'network', target: 'AS64500', uri: '', name: 'AS64500', ipAddress: '198.51.100.0/24' },
        ],
        out_of_scope: [{ type: 'website', target: 'https://y.example', uri: null, name: '*.y.example', ipAddress: '' }],
      }),
      { versionId: 'scv_1' },
    )
    expect(questions).toMatchObject([{ kind: 'name_differs', suggestion: [{ asset: '*.x.example' }] }])
    expect(explainScope(scope, 'https://198.51.100.7').verdict).toBe('allow')
    expect(explainScope(scope, 'https://a.y.example').rule).toBe('SCOPE-2')
  })
  it.each([
    [null, 'programme'],
    [[], 'programme'],
    [{}, 'targets.in_scope'],
    [{ targets: [] }, 'targets'],
    [{ targets: { in_scope: 'x' } }, 'targets.in_scope'],
    [{ targets: { in_scope: [7] } }, 'targets.in_scope[0]'],
    [{ targets: { in_scope: [{ target: 7 }] } }, 'targets.in_scope[0].target'],
    [{ targets: { in_scope: [{ target: 'x'.repeat(5000) }] } }, 'targets.in_scope[0].target'],
  ])('refuses %j and names %s', (programme, field) => {
    expect(() => importProgramme('yeswehack', programme)).toThrow(
      expect.objectContaining({ code: 'malformed', fields: [expect.objectContaining({ field })] }),
    )
  })
})

describe('the scope as text', () => {
  it('gives letter lines and the asset choice of a finding', () => {
    const rows = importProgramme('hackerone', {
      in_scope: [
        { asset_identifier: '*.x.example', asset_type: 'WILDCARD', max_severity: 'high', eligible_for_bounty: true },
        { asset_identifier: 'com.x.app', asset_type: 'GOOGLE_PLAY_APP_ID' },
      ],
      out_of_scope: [{ asset_identifier: 'x.example/blog', asset_type: 'URL' }],
    })
    const app = compileScope(rows, { versionId: 'scv_1' }).questions[0]
    if (app === undefined) throw new Error('the app is a question')
    const { scope } = compileScope(answerQuestion(rows, app, { kind: 'letter_only' }), { versionId: 'scv_2' })
    expect(describeScope(scope).map((line) => [line.effect, line.asset, line.enforced, line.reads.en])).toEqual([
      ['in', '*.x.example', true, '*.x.example (ports 80 and 443)'],
      ['out', 'x.example/blog', true, 'x.example (path /blog and below)'],
      ['in', 'com.x.app', false, 'permitted by this letter only, not judged by the gateway'],
    ])
    expect(assetChoices(scope)).toEqual([
      { rowId: 'in-0001', asset: '*.x.example', enforced: true, maxSeverity: 'high', bountyEligible: true },
      { rowId: 'in-0002', asset: 'com.x.app', enforced: false },
    ])
    expect(JSON.parse(JSON.stringify(scope))).toEqual(scope)
  })
})
