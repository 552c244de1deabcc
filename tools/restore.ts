import { fileURLToPath } from 'node:url'
import { backupCommand } from './backup/command.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
process.exitCode = await backupCommand('restore', root, process.argv.slice(2))
