import { writeFile } from 'node:fs/promises'
import { printMatrix } from '@zhongheng/domain/access/matrix.ts'

const head = `# Who may do what

Printed from \`domain/access/matrix.ts\` by \`node testing/access/print-matrix.ts\`; a test holds the two together. A cell
names the posts of which one is enough; – means nobody of that role. Roles are those of the engagement at hand. States,
guards and row policies narrow this further.
`
await writeFile(new URL('../../docs/access-matrix.md', import.meta.url), `${head}\n${printMatrix().join('\n')}\n`)
