// Loaded before a program that the launcher starts (`node --import`). The launcher alone holds the other end of our stdin: when it
// closes, the launcher is gone, killed outright perhaps, and we end as if it had asked us to. The rooms need not know about it.
import { flushCompileCache } from 'node:module'

const graceMs = 8_000
/** By then a program has loaded what it needs. What it compiled is kept at once: one that is killed leaves nothing at its end. */
const loadedMs = 3_000
setTimeout(flushCompileCache, loadedMs).unref()

process.stdin.on('close', () => {
  setTimeout(() => process.exit(1), graceMs).unref()
  process.kill(process.pid, 'SIGTERM')
})
process.stdin.on('error', () => {}) // a reset pipe closes as well
process.stdin.resume()
if ('unref' in process.stdin) process.stdin.unref()
