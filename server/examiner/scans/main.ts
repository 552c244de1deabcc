import { readAll } from '../read-all.ts'
import { readScan } from './read-scan.ts'

/* Reads one file of a scanner behind the same walls as `examiner/main.ts`: bytes come on standard input, results leave as JSON. */
process.stdout.write(JSON.stringify(await readScan(await readAll())))
