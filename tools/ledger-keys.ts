import { fileURLToPath } from 'node:url'
import { ledgerKeysCommand } from './ledger-keys/command.ts'

// `npm run ledger-keys -- COMMAND`: what an operator does with the keys that sign the ledger.
const root = fileURLToPath(new URL('..', import.meta.url))
process.exitCode = await ledgerKeysCommand(root, process.argv.slice(2))
