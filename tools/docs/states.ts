import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { statePages } from './state-pages.ts'

// `node tools/docs/states.ts`: writes the pages of docs/ that are made from the tables of moves.
const root = fileURLToPath(new URL('../..', import.meta.url))
for (const { path, text } of statePages()) {
  writeFileSync(join(root, path), text)
  console.log(path)
}
