import { type Text, say } from '../shared/problem.ts'

/**
 * What somebody can have read of an engagement, as the reading record tells it apart. Each is entered before the first
 * byte is opened (GBT43741-PS-05), so the record is made of the events themselves.
 */
export const readingKinds = [
  'finding',
  'exchange',
  'unmasked',
  'search',
  'captures',
  'document',
  'pack',
  'segment',
  'attachment',
] as const
export type ReadingKind = (typeof readingKinds)[number]

/**
 * The events behind each kind: those of one of the `events`, with one of the `parts` in their facts where parts are told
 * apart. The kind of an event of a reading ends in `.read`, or is `segment.mirrored`: the index counts on it.
 */
export const readingEvents: Readonly<
  Record<ReadingKind, { readonly events: readonly string[]; readonly parts: readonly string[] | null }>
> = {
  finding: { events: ['finding.read'], parts: null },
  exchange: { events: ['traffic.read'], parts: ['page'] },
  // Sides as they were sent hide nothing either.
  unmasked: { events: ['traffic.read'], parts: ['unmasked', 'request', 'response'] },
  search: { events: ['traffic.read'], parts: ['search'] },
  captures: { events: ['traffic.read'], parts: ['export'] },
  document: { events: ['letter.read', 'document.read'], parts: null },
  pack: { events: ['pack.read'], parts: null },
  segment: { events: ['segment.mirrored'], parts: null },
  attachment: { events: ['attachment.read'], parts: null },
}

type Facts = { readonly [name: string]: unknown }

/** Which reading an event is; null where it is none. */
export function readingOf(event: string, facts: Facts): ReadingKind | null {
  return (
    readingKinds.find((kind) => {
      const { events, parts } = readingEvents[kind]
      return events.includes(event) && (parts === null || parts.includes(String(facts['part'])))
    }) ?? null
  )
}

const count = (fact: unknown): string => (typeof fact === 'number' ? String(fact) : '?')
const word = (fact: unknown): string => (typeof fact === 'string' ? fact.toUpperCase() : '?')

/** A reading in words: what was opened and, where one reading opens many things, how many. */
export function describeReading(kind: ReadingKind, event: string, facts: Facts): Text {
  const words = wordsOf(kind, event, facts)
  if (facts['breakGlassId'] === undefined) return words
  return say(`${words.zh}（紧急访问）`, `${words.en} (emergency access)`)
}

function wordsOf(kind: ReadingKind, event: string, facts: Facts): Text {
  switch (kind) {
    case 'finding':
      return say('打开漏洞正文', 'Opened the finding’s body')
    case 'exchange':
      return say('查看流量，敏感值已遮盖', 'Opened the exchange, sensitive values masked')
    case 'unmasked':
      return facts['part'] === 'request'
        ? say('下载请求原文，未遮盖', 'Downloaded the request as sent, nothing masked')
        : facts['part'] === 'response'
          ? say('下载响应原文，未遮盖', 'Downloaded the response as received, nothing masked')
          : say('查看未遮盖的敏感值', 'Had masked values shown')
    case 'search':
      return say(
        `按内容检索流量，打开候选 ${count(facts['opened'])} 条`,
        `Searched in content; ${count(facts['opened'])} candidates were opened`,
      )
    case 'captures':
      return say(
        `导出流量 ${count(facts['exchanges'])} 条（${word(facts['format'])}）`,
        `Exported ${count(facts['exchanges'])} exchanges (${word(facts['format'])})`,
      )
    case 'document':
      return event === 'letter.read'
        ? say(`下载授权书（${word(facts['form'])}）`, `Downloaded the letter (${word(facts['form'])})`)
        : say(
            `下载报告（${word(facts['form'])}）${facts['state'] === 'draft' ? '，草稿' : ''}`,
            `Downloaded the report (${word(facts['form'])})${facts['state'] === 'draft' ? ', a draft' : ''}`,
          )
    case 'pack':
      return say('下载证据包', 'Downloaded the evidence pack')
    case 'segment':
      return say('留存流量分段，仍为密文', 'Kept a copy of a segment, still sealed')
    case 'attachment':
      return facts['part'] === 'preview'
        ? say('预览附件', 'Looked at an attachment’s preview')
        : say('下载附件', 'Downloaded an attachment')
  }
}
