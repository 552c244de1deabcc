import type { AuthorizationLetterModel } from '../models/authorization-letter.ts'
import { sections } from '../models/sections.ts'
import { inertLine } from '../text/inert.ts'
import type { Block } from './printed.ts'
import { boldRuns, codeRuns, fact, orDash, paragraph, printSignatures, runs, type Speech, speak } from './speech.ts'

const bullets = (lines: readonly string[]): Block => ({
  kind: 'list',
  ordered: true,
  start: 1,
  items: lines.map((line) => [paragraph(line)]),
})

function permits(letter: AuthorizationLetterModel, { word }: Speech): Block[] {
  const party = (side: { readonly name: string; readonly identifier: string }): string =>
    side.identifier === '' ? side.name : word(`${side.name}（${side.identifier}）`, `${side.name} (${side.identifier})`)
  const words = {
    run_service: word(
      `授权${letter.organizer.name}就“${letter.engagement.title}”（编号 ${letter.engagement.number}）组织并实施网络安全众测服务；`,
      `authorises ${letter.organizer.name} to organise and run the crowdsourced security test "${letter.engagement.title}" (number ${letter.engagement.number});`,
    ),
    admit_testers: word(
      `授权${letter.organizer.name}在本授权书载明的范围、时间与规则之内，组织符合条件的授权测试方对上述对象实施安全测试。`,
      `authorises ${letter.organizer.name} to admit qualified testers, who may test the objects named here within the scope, the time and the rules of this letter.`,
    ),
  }
  return [
    paragraph(
      word(
        `授权方（需求方）${party(letter.demandSide)}系下列测试对象的所有者或合法管理者，兹以本授权书：`,
        `The demand side, ${party(letter.demandSide)}, owns or lawfully manages the objects named below and by this letter:`,
      ),
      true,
    ),
    bullets(letter.permits.map((permit) => words[permit])),
    paragraph(
      word(
        `被授权方（组织方）为${party(letter.organizer)}。在本授权书范围、有效期与规则之内实施的测试，视为经授权的行为；超出其中任何一项的行为不在授权之内。`,
        `The organizer is ${party(letter.organizer)}. Testing within the scope, the validity and the rules of this letter is authorised; anything beyond any one of them is not.`,
      ),
      true,
    ),
  ]
}

function testers(letter: AuthorizationLetterModel, { word }: Speech): Block[] {
  if (letter.testers.who === 'lease-holders') {
    return [
      paragraph(
        word(
          '持有依据本授权书签发、且处于有效状态的接入租约的授权测试方。租约限本人使用，撤销即失效；持有人名册以平台记录为准。',
          'Testers who hold an access lease issued under this letter, while it is active. A lease is personal and ends when revoked; the roster of holders is the platform’s record.',
        ),
        true,
      ),
    ]
  }
  return [
    {
      kind: 'table',
      columns: [
        { title: word('序号', 'No.'), share: 1, align: 'center' },
        { title: word('测试方', 'Tester'), share: 4 },
        { title: word('单位', 'Organisation'), share: 5 },
        { title: word('授权编号', 'Grant'), share: 4 },
      ],
      rows: letter.testers.list.map((tester, index) => [
        runs(String(index + 1)),
        runs(tester.name),
        orDash(tester.organization),
        codeRuns(tester.grant),
      ]),
    },
  ]
}

function scope(letter: AuthorizationLetterModel, { word, time }: Speech): Block[] {
  const lines = (title: string, list: readonly string[]): Block => ({
    kind: 'table',
    columns: [
      { title: word('序号', 'No.'), share: 1, align: 'center' },
      { title, share: 13 },
    ],
    rows: list.map((line, index) => [runs(String(index + 1)), codeRuns(line)]),
  })
  return [
    {
      kind: 'facts',
      rows: [
        fact(word('范围版本', 'Scope version'), boldRuns(`v${letter.scope.version}`)),
        fact(word('冻结时间', 'Frozen at'), runs(time(letter.scope.frozenAt))),
        fact(word('摘要 SHA-256', 'SHA-256 digest'), codeRuns(letter.scope.digest)),
      ],
    },
    lines(word('范围之内', 'In scope'), letter.scope.linesIn),
    ...(letter.scope.linesOut.length > 0
      ? [lines(word('范围之外（明确排除）', 'Out of scope (excluded)'), letter.scope.linesOut)]
      : []),
  ]
}

/** The body of an authorisation letter, sections AL1 to AL7 (GBT43741-4.2-03). */
export function printLetter(letter: AuthorizationLetterModel): Block[] {
  const speech = speak(letter)
  const { word } = speech
  const numerals = ['一', '二', '三', '四', '五', '六', '七', '八']
  let count = 0
  const head = (title: string): Block => {
    count += 1
    return { kind: 'heading', level: 1, text: word(`${numerals[count - 1]}、${title}`, `${count}. ${title}`) }
  }
  const section = (id: 'AL1' | 'AL2' | 'AL3' | 'AL4' | 'AL5' | 'AL6' | 'AL7'): Block =>
    head(speech.of(sections[id].title))
  return [
    section('AL1'),
    ...permits(letter, speech),
    section('AL2'),
    ...testers(letter, speech),
    section('AL3'),
    ...scope(letter, speech),
    section('AL4'),
    {
      kind: 'facts',
      rows: [
        fact(word('起', 'From'), boldRuns(speech.time(letter.validity.from))),
        fact(word('止', 'To'), boldRuns(speech.time(letter.validity.to))),
        fact(word('时区', 'Time zone'), runs(letter.zone)),
      ],
    },
    section('AL5'),
    { kind: 'subheading', text: word('允许', 'Permitted') },
    bullets(letter.permitted),
    { kind: 'subheading', text: word('禁止', 'Forbidden') },
    bullets(letter.forbidden),
    section('AL6'),
    {
      kind: 'facts',
      rows: [
        fact(word('规则版本', 'Rules version'), boldRuns(`v${letter.rules.version}`)),
        fact(word('摘要 SHA-256', 'SHA-256 digest'), codeRuns(letter.rules.digest)),
      ],
    },
    bullets(letter.rules.summary),
    section('AL7'),
    {
      kind: 'table',
      columns: [
        { title: word('姓名', 'Name'), share: 3 },
        { title: word('职责', 'Duty'), share: 4 },
        { title: word('电话', 'Telephone'), share: 3 },
        { title: word('电子邮件', 'Email'), share: 4 },
      ],
      rows: letter.contacts.map((contact) => [
        runs(contact.name),
        orDash(contact.duty),
        orDash(contact.phone),
        orDash(contact.email),
      ]),
    },
    head(word('签署与核验', 'Signatures and verification')),
    ...printSignatures(letter.signatures, speech),
    {
      kind: 'notice',
      tone: 'plain',
      runs: runs(
        word(
          `任何人可在 ${inertLine(letter.anchor.verifyAt)} 以授权书编号 ${inertLine(letter.number)} 与校验码 ${inertLine(letter.anchor.checkCode)} 核验本授权书的真伪、有效期与当前状态。`,
          `Anybody may check this letter, its validity and its present state at ${inertLine(letter.anchor.verifyAt)} with its number ${inertLine(letter.number)} and the check code ${inertLine(letter.anchor.checkCode)}.`,
        ),
      ),
    },
  ]
}
