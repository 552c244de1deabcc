import { fileURLToPath } from 'node:url'
import { startCommand } from './start/command.ts'
import { programsOf } from './start/programs.ts'

// `npm start`: the whole platform on this machine.
const root = fileURLToPath(new URL('..', import.meta.url))
await startCommand({ root, programs: programsOf(root), webPages: true }, fileURLToPath(import.meta.url))
