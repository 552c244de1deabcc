import { fileURLToPath } from 'node:url'
import { keysCommand } from './keys/command.ts'

// `npm run keys -- COMMAND`: how the keys that everything is sealed with are unlocked.
const root = fileURLToPath(new URL('..', import.meta.url))
process.exitCode = await keysCommand(root, process.argv.slice(2))
