import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asvsPage } from './asvs-page.ts'

// `node tools/docs/asvs.ts`: writes docs/asvs.md out of the table in testing/asvs.
const root = fileURLToPath(new URL('../..', import.meta.url))
const { path, text } = asvsPage()
writeFileSync(join(root, path), text)
console.log(path)
