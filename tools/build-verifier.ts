import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const licence = '/* Zhongheng, Apache-2.0. Sources: ledger/verify, cli, web/verifier. */'

/** What can be handed to anybody who has to check a pack and has nothing of ours. */
export const verifierFiles = ['heng-verify.mjs', 'verify.html'] as const

/**
 * Builds both forms of the verifier that stand alone: one file for Node (20.15 or newer), one page that works from disk.
 * The same sources give the same bytes.
 */
export async function buildVerifier(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'heng-verify.mjs'), await programText())
  await writeFile(join(folder, 'verify.html'), await pageText())
}

async function programText(): Promise<string> {
  const made = await build({
    entryPoints: [join(root, 'cli/verify-alone.ts')],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    charset: 'utf8',
    legalComments: 'none',
    // The SM2 library is CommonJS and asks for Node's randomness when it loads.
    banner: {
      js: `#!/usr/bin/env node\n${licence}\nimport { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)`,
    },
  })
  return only(made.outputFiles)
}

async function pageText(): Promise<string> {
  const made = await build({
    entryPoints: [join(root, 'web/verifier/page.ts')],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'iife',
    target: 'es2023',
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    banner: { js: licence },
  })
  const script = only(made.outputFiles)
  const style = await readFile(join(root, 'web/verifier/verify.css'), 'utf8')
  const page = await readFile(join(root, 'web/verifier/verify.html'), 'utf8')
  // The policy allows these two texts by their digests and nothing else: no network, no other script, no other style.
  const parts: { [blank: string]: string } = {
    __SCRIPT_HASH__: hashSource(script),
    __STYLE_HASH__: hashSource(style),
    __STYLE__: style,
    __SCRIPT__: script,
  }
  return page.replace(/__(?:SCRIPT|STYLE)(?:_HASH)?__/g, (blank) => parts[blank] ?? blank)
}

const hashSource = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

function only(files: readonly { readonly text: string }[]): string {
  const [file, ...more] = files
  if (file === undefined || more.length > 0) throw new Error('the bundler makes one file')
  return file.text
}

// `node tools/build-verifier.ts --out FOLDER`
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { out: { type: 'string', default: 'out/verifier' } } })
  await buildVerifier(values.out)
  console.log(verifierFiles.map((name) => join(values.out, name)).join('\n'))
}
