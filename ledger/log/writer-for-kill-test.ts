import { ed25519Signer } from './signer.ts'
import { openLog } from './open-log.ts'

/**
 * The victim of the kill -9 test: appends without end and says each acknowledged size on a line of its own.
 * Arguments: folder, origin, private key PEM, seed of the batch sizes.
 */
const [folder = '', origin = '', pem = '', seed = '1'] = process.argv.slice(2)
const log = await openLog({ folder, origin, signer: ed25519Signer(pem), now: () => new Date() })
let state = Number(seed)
for (;;) {
  state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
  const count = 1 + (state % 700)
  const leaves = Array.from({ length: count }, (_, at) => Buffer.from(`entry ${log.size + at}`))
  const { size } = await log.append(leaves)
  process.stdout.write(`${size}\n`)
  if (state % 3 === 0) await log.checkpoint()
}
