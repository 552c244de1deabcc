import type { DocumentModel } from '../models/document.ts'
import { refuseIncomplete } from '../models/sections.ts'
import { inertLine } from '../text/inert.ts'
import { printAuditReport } from './audit-report.ts'
import { printLetter } from './letter.ts'
import type { Block, Cover, Printed } from './printed.ts'
import { collectSources, printNumber, type Sources } from './sources.ts'
import { boldRuns, codeRuns, fact, orDash, paragraph, printSignatures, runs, type Speech, speak } from './speech.ts'
import { keepTogether } from './together.ts'
import { printTestReport } from './test-report.ts'

type Report = Exclude<DocumentModel, { kind: 'authorization-letter' }>

const titleOf = (model: DocumentModel, { word }: Speech): string =>
  ({
    'authorization-letter': word('网络安全众测授权书', 'Letter of Authorisation'),
    'test-report': word('安全众测报告', 'Security Crowd-Test Report'),
    'audit-report': word('安全审计报告', 'Security Audit Report'),
  })[model.kind]

function coverFacts(model: DocumentModel, { word, time, span }: Speech): Cover['facts'] {
  const number = fact(word('文件编号', 'Document number'), codeRuns(model.number))
  const engagement = fact(word('项目', 'Engagement'), [
    ...boldRuns(model.engagement.title),
    { kind: 'break' },
    ...codeRuns(model.engagement.number),
  ])
  const issued = fact(word('出具时间', 'Issued at'), runs(time(model.issuedAt)))
  if (model.kind === 'authorization-letter') return [number, engagement, issued]
  return [
    number,
    engagement,
    fact(word('需求方', 'Demand side'), orDash(model.demandSide)),
    fact(word('组织方', 'Organizer'), orDash(model.organizer)),
    ...(model.kind === 'audit-report' ? [fact(word('审计方', 'Auditor'), orDash(model.auditor))] : []),
    fact(word('授权时间窗', 'Authorised window'), runs(span(model.time.authorized))),
    issued,
    fact(word('时区', 'Time zone'), runs(word(`表中时间均为 ${model.zone}`, `Times in tables are in ${model.zone}`))),
  ]
}

function cover(model: DocumentModel, speech: Speech): Cover {
  const { word } = speech
  const subtitle = {
    'authorization-letter': word(`编号：${inertLine(model.number)}`, `Number: ${inertLine(model.number)}`),
    'test-report': inertLine(model.engagement.title),
    'audit-report': inertLine(model.engagement.title),
  }[model.kind]
  return {
    form: model.kind === 'authorization-letter' ? 'letterhead' : 'page',
    title: titleOf(model, speech),
    subtitle,
    ...(model.signatures.length === 0 ? { draft: word('草稿 · 未签署', 'DRAFT · UNSIGNED') } : {}),
    facts: coverFacts(model, speech),
    anchorTitle: word('核验信息', 'Verification'),
    anchor: [
      fact(word('校验码', 'Check code'), [
        { kind: 'text', text: inertLine(model.anchor.checkCode), code: true, bold: true },
      ]),
      fact(word('账本位置', 'Ledger position'), runs(`#${printNumber(model.anchor.position)}`)),
      fact(word('默克尔根', 'Merkle root'), codeRuns(model.anchor.root)),
      fact(word('核验地址', 'Verify at'), codeRuns(model.anchor.verifyAt)),
    ],
  }
}

function annex(sources: Sources, { word, join }: Speech): Block[] {
  const lines = sources.list()
  if (lines.length === 0) return []
  return [
    { kind: 'heading', level: 1, text: word('附录　数据及其来源', 'Annex  Figures and their sources'), newPage: true },
    paragraph(
      word(
        '正文中每个数字右上角的编号对应下表。来源指产生该数字的查询或记录集，截至封面所载账本位置。',
        'The raised number beside each figure leads to this table. A source is the query or the set of records that gave the figure, as of the ledger position on the cover.',
      ),
      true,
    ),
    {
      kind: 'table',
      columns: [
        { title: word('编号', 'No.'), share: 1.1, align: 'center' },
        { title: word('来源', 'Source'), share: 6 },
        { title: word('由此得出的数字', 'Figures taken from it'), share: 6 },
      ],
      rows: lines.map((line) => [runs(String(line.number)), codeRuns(line.source), runs(join(line.figures))]),
    },
  ]
}

function reportBody(model: Report, speech: Speech): Block[] {
  const sources = collectSources()
  const body =
    model.kind === 'test-report' ? printTestReport(model, speech, sources) : printAuditReport(model, speech, sources)
  const none = paragraph(speech.word('无。', 'None.'))
  const signer =
    model.kind === 'test-report'
      ? speech.word('签署（组织方）', 'Signed by the organizer')
      : speech.word('签署（审计方）', 'Signed by the auditor')
  return [
    ...body.map((block) => (block.kind === 'table' && block.rows.length === 0 ? none : block)),
    { kind: 'heading', level: 1, text: signer },
    ...printSignatures(model.signatures, speech),
    ...annex(sources, speech),
  ]
}

/**
 * A model as it stands on the pages. Pure: the same model gives the same tree.
 * @throws Problem `wrong_state` with the register row when a section is empty
 */
export function compose(model: DocumentModel): Printed {
  refuseIncomplete(model)
  const speech = speak(model)
  const { word } = speech
  const title = titleOf(model, speech)
  return {
    language: model.locale,
    title: `${title} ${inertLine(model.number)}`,
    author: inertLine(model.organization),
    createdAt: Math.floor(Date.parse(model.issuedAt) / 1000),
    header: { left: inertLine(model.organization), right: inertLine(model.classification) },
    footer: word(
      `账本位置 #${printNumber(model.anchor.position)}　校验码 ${inertLine(model.anchor.checkCode)}`,
      `Ledger position #${printNumber(model.anchor.position)}   Check code ${inertLine(model.anchor.checkCode)}`,
    ),
    ...(model.copy === undefined ? {} : { copy: inertLine(model.copy) }),
    pageWords: model.locale === 'zh-CN' ? ['第 ', ' 页，共 ', ' 页'] : ['Page ', ' of ', ''],
    cover: cover(model, speech),
    ...(model.kind === 'authorization-letter' ? {} : { contents: word('目录', 'Contents') }),
    body: keepTogether(model.kind === 'authorization-letter' ? printLetter(model) : reportBody(model, speech)),
  }
}
