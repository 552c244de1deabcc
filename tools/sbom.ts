import { fileURLToPath } from 'node:url'
import { sbomCommand } from './sbom/command.ts'

// `npm run sbom -- --out FILE`: the bill of materials of this checkout.
const root = fileURLToPath(new URL('..', import.meta.url))
process.exitCode = await sbomCommand(root, process.argv.slice(2))
