import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** The commands of a guide by their mark (`sh test=NAME`), as they stand there; list items indent them. */
export async function guideBlocks(name: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(fileURLToPath(new URL(`../../docs/guides/${name}.md`, import.meta.url)), 'utf8')
  return new Map(
    [...text.matchAll(/^ *```sh test=(\S+)\n([\s\S]*?)^ *```$/gmu)].map(([, mark = '', block = '']) => [mark, block]),
  )
}
