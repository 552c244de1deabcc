import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { personalDataPage } from './personal-data-page.ts'

// `node tools/docs/personal-data.ts`: writes docs/personal-data.md out of the inventory.
const root = fileURLToPath(new URL('../..', import.meta.url))
const { path, text } = personalDataPage()
writeFileSync(join(root, path), text)
console.log(path)
