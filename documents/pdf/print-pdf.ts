import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { NodeCompiler } from '@myriaddreamin/typst-ts-node-compiler'
import type { Json } from '@zhongheng/contracts/records/canonical-json.ts'
import { drawChart } from '../charts/draw.ts'
import type { Block, Printed } from '../layout/printed.ts'
import { coveredBy } from './coverage.ts'
import { fontFiles } from './fonts.ts'
import { readyForPages } from './pieces.ts'

// The workspace only names the virtual root. The template and its data are handed in; nothing is read from it.
const workspace = fileURLToPath(new URL('.', import.meta.url))
const template = readFileSync(join(workspace, 'document.typ'), 'utf8')

let tools: { compiler: NodeCompiler; draw: (text: string) => string } | undefined

const open = (): NonNullable<typeof tools> => {
  tools ??= {
    compiler: NodeCompiler.create({
      workspace,
      fontArgs: [{ fontBlobs: fontFiles.map((file) => readFileSync(file)) }],
    }),
    draw: coveredBy(fontFiles),
  }
  return tools
}

const drawCharts = (blocks: readonly Block[], draw: (text: string) => string): Json[] =>
  blocks.map((block): Json => {
    if (block.kind !== 'chart') return block
    const bars = block.chart.bars.map((bar) => ({ ...bar, name: draw(bar.name) }))
    return { kind: 'chart', caption: block.caption, svg: drawChart({ ...block.chart, bars }).svg }
  })

/**
 * Pages as PDF/A-2b: fonts embedded, outline, tags; the same tree gives the same bytes. Runs in the press only, since the
 * compiler holds the thread.
 * @throws Error when the pages cannot be set; the message is the compiler's
 */
export function printPdf(printed: Printed): Uint8Array {
  const { compiler, draw } = open()
  const data = readyForPages({ ...printed, body: drawCharts(printed.body, draw) }, draw)
  compiler.mapShadow(join(workspace, 'document.json'), Buffer.from(JSON.stringify(data)))
  try {
    const compiled = compiler.compile({ mainFileContent: template })
    if (compiled.result === null) {
      throw new Error(`the pages cannot be set: ${JSON.stringify(compiled.takeDiagnostics()?.shortDiagnostics)}`)
    }
    return compiler.pdf(compiled.result, { pdfStandard: 'a-2b', creationTimestamp: printed.createdAt })
  } finally {
    compiler.resetShadow()
    // Memory of past documents is sealed content: none of it stays with the next one.
    compiler.evictCache(0)
  }
}
