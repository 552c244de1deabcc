import { checkPack, type PackVerdict } from '@zhongheng/ledger/verify/pack/check-pack.ts'
import { notProvedBy, provedBy } from '@zhongheng/ledger/verify/pack/explain.ts'
import type { PackReader } from '@zhongheng/ledger/verify/pack/pack-reader.ts'
import { receiptLimits } from '@zhongheng/ledger/verify/receipt/format.ts'
import { readConsistency } from '@zhongheng/ledger/verify/receipt/read-receipt.ts'
import { type ReceiptVerdict, verifyReceipt } from '@zhongheng/ledger/verify/receipt/verify-receipt.ts'
import { NoSignatures, withWebCrypto } from '@zhongheng/ledger/verify/web-crypto.ts'
import { type Language, type Word, words } from './words.ts'

/**
 * The page that works from disk: a file goes in, a verdict comes out, nothing leaves. It is one HTML file without a
 * framework; texts reach the document as text nodes only. tools/build-verifier.ts makes it.
 */
type Result =
  | { readonly kind: 'pack'; readonly name: string; readonly verdict: PackVerdict }
  | { readonly kind: 'receipt'; readonly name: string; readonly verdict: ReceiptVerdict }
  | { readonly kind: 'word'; readonly name: string; readonly tone: 'wait' | 'refused'; readonly word: Word }

let language: Language = /^zh\b/i.test(navigator.language) ? 'zh' : 'en'
let results: readonly Result[] = []

const say = (word: Word, blanks: { readonly [name: string]: string | number } = {}): string =>
  words[language][word].replace(/\{(\w+)\}/g, (_, name: string) => String(blanks[name] ?? ''))

/** An element with attributes and children; a text child is a text node. */
function element(
  tag: string,
  attributes: { [name: string]: string } = {},
  ...children: (Node | string)[]
): HTMLElement {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.append(...children)
  return made
}
const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T

const readerOf = (file: Blob): PackReader => ({
  size: file.size,
  read: async (offset, length) => new Uint8Array(await file.slice(offset, offset + length).arrayBuffer()),
})
const beginningOf = async (file: Blob, most: number): Promise<Uint8Array> =>
  new Uint8Array(await file.slice(0, most).arrayBuffer())

/** The fingerprint that was typed; undefined for none, null for one that is not. */
function typedKey(): string | null | undefined {
  const text = byId<HTMLInputElement>('key')
    .value.replace(/^sha256:/i, '')
    .replace(/[:\s]/g, '')
    .toLowerCase()
  if (text === '') return undefined
  return /^[0-9a-f]{64}$/.test(text) ? text : null
}

async function check(files: readonly File[]): Promise<void> {
  const key = typedKey()
  byId('key-fault').textContent = key === null ? say('keyBad') : ''
  if (key === null || files.length === 0) return
  const pinned = key === undefined ? [] : [key]
  results = files.map(({ name }) => ({ kind: 'word', name, tone: 'wait', word: 'checking' }))
  show()
  const receipts: { name: string; bytes: Uint8Array }[] = []
  let against: Uint8Array | undefined
  const found: Result[] = []
  for (const file of files) {
    const first = await beginningOf(file, 1)
    if (first[0] !== 0x7b) {
      found.push(
        await judged(file.name, async () => ({ kind: 'pack', name: file.name, verdict: await ofPack(file, pinned) })),
      )
      continue
    }
    const bytes = await beginningOf(file, receiptLimits.bytes + 1)
    if (readConsistency(bytes) === undefined) receipts.push({ name: file.name, bytes })
    else against = bytes
  }
  for (const { name, bytes } of receipts) {
    const options = against === undefined ? { pinned } : { pinned, against }
    found.push(
      await judged(name, async () => ({
        kind: 'receipt',
        name,
        verdict: await withWebCrypto((crypto) => verifyReceipt(crypto, bytes, options)),
      })),
    )
  }
  if (found.length === 0) found.push({ kind: 'word', name: files[0]?.name ?? '', tone: 'refused', word: 'onlyNewer' })
  results = found
  show()
}

const ofPack = (file: Blob, pinned: readonly string[]): Promise<PackVerdict> =>
  withWebCrypto((crypto) => checkPack(crypto, readerOf(file), { pinned }))

async function judged(name: string, task: () => Promise<Result>): Promise<Result> {
  try {
    return await task()
  } catch (error) {
    // A folder that was dropped, or a file that vanished, cannot be read; neither is a verdict.
    return { kind: 'word', name, tone: 'refused', word: error instanceof NoSignatures ? 'noSignatures' : 'refused' }
  }
}

function show(): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  document.title = say('title')
  for (const place of document.querySelectorAll<HTMLElement>('[data-word]'))
    place.textContent = say(place.dataset['word'] as Word)
  byId('results').replaceChildren(...results.map(card))
}

function card(result: Result): HTMLElement {
  if (result.kind === 'word') return frame(result.tone, result.name, say(result.word))
  if (result.kind === 'receipt') return receiptCard(result.name, result.verdict)
  return packCard(result.name, result.verdict)
}

const frame = (
  tone: 'good' | 'bad' | 'refused' | 'wait',
  name: string,
  title: string,
  ...inside: Node[]
): HTMLElement =>
  element(
    'section',
    { class: `card ${tone}` },
    element('h2', {}, title),
    element('p', { class: 'name' }, name),
    ...inside,
  )
const list = (title: string, lines: readonly string[]): Node[] =>
  lines.length === 0
    ? []
    : [element('h3', {}, title), element('ul', {}, ...lines.map((line) => element('li', {}, line)))]
const facts = (rows: readonly (readonly [string, string])[]): Node =>
  element('dl', {}, ...rows.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]))

function packCard(name: string, verdict: PackVerdict): HTMLElement {
  if (!verdict.ok) {
    const { file, entry, offset, what } = verdict.fault
    const place = [
      file,
      ...(entry === undefined ? [] : [`${say('entry')} ${entry}`]),
      ...(offset === undefined ? [] : [`${say('byte')} ${offset}`]),
    ].join(' · ')
    const rows = facts([[say('place'), place]])
    return frame(
      verdict.malformed ? 'refused' : 'bad',
      name,
      say(verdict.malformed ? 'refused' : 'bad'),
      element('p', {}, what[language]),
      rows,
    )
  }
  const { counts, log } = verdict
  return frame(
    'good',
    name,
    say('good'),
    element('p', {}, say('counts', { ...counts, stamps: verdict.timeStamps.length })),
    facts([
      [say('log'), `${log.origin} · ${log.size}`],
      [say('fingerprint'), `${log.fingerprint} (${say(verdict.pinned ? 'pinned' : 'notPinned')})`],
      [say('made'), verdict.madeAt],
      ...(verdict.entriesFrom === null
        ? []
        : [[say('span'), `${verdict.entriesFrom} – ${verdict.entriesTo}`] as const]),
    ]),
    ...list(
      say('proved'),
      provedBy(verdict).map((text) => text[language]),
    ),
    ...list(
      say('open'),
      notProvedBy(verdict).map((text) => text[language]),
    ),
    ...list(
      say('withheld'),
      verdict.withheld.map(({ what, id, reason }) => `${what} ${id}: ${reason[language]}`),
    ),
    ...list(
      say('documents'),
      verdict.documents.map((one) => `${one.name}: ${one.sha256}`),
    ),
  )
}

function receiptCard(name: string, verdict: ReceiptVerdict): HTMLElement {
  if (!verdict.ok)
    return frame(
      verdict.malformed ? 'refused' : 'bad',
      name,
      say(verdict.malformed ? 'refused' : 'bad'),
      element('p', {}, verdict.what[language]),
    )
  const { head, newer, names, leaf, index } = verdict
  return frame(
    'good',
    name,
    say('good'),
    element('p', {}, say('receiptGood', { index, size: head.size })),
    element('p', {}, newer === null ? say('notNewer') : say('newer', { size: newer.size })),
    facts([
      [say('act'), `${names.act[language]} (${leaf.kind})`],
      [say('actor'), `${names.actor} (${leaf.actor})`],
      [say('engagement'), names.engagement ?? '—'],
      [say('subject'), `${names.subject ?? '—'} (${leaf.subject ?? '—'})`],
      [say('at'), leaf.at],
      [say('log'), `${head.origin} · ${head.size}`],
      [say('fingerprint'), `${verdict.fingerprint} (${say(verdict.pinned ? 'pinned' : 'notPinned')})`],
    ]),
    element('p', { class: 'quiet' }, say('namesNote')),
  )
}

const zone = byId('zone')
const input = byId<HTMLInputElement>('file')
input.addEventListener('change', () => {
  void check([...(input.files ?? [])])
  input.value = ''
})
for (const name of ['dragover', 'dragenter'] as const)
  document.addEventListener(name, (event) => {
    event.preventDefault()
    zone.classList.add('over')
  })
for (const name of ['dragleave', 'dragend'] as const)
  document.addEventListener(name, () => zone.classList.remove('over'))
document.addEventListener('drop', (event) => {
  event.preventDefault()
  zone.classList.remove('over')
  void check([...(event.dataTransfer?.files ?? [])])
})
byId('language').addEventListener('click', () => {
  language = language === 'zh' ? 'en' : 'zh'
  show()
})
show()
