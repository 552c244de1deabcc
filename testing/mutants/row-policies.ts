import { openRowWorld } from '../row-policies/world.ts'
import { withDatabases } from './own-database.ts'
import { toldOfPolicies, tryPolicies } from './policies.ts'

/*
 * node testing/mutants/row-policies.ts: every mutant of every row policy, against the second writing of what they must give.
 * A line for each table; ends with 1 where one survives that is not named as equivalent. How to read it: docs/guides/mutants.md
 */

const began = performance.now()
await withDatabases(['one', 'other'], async (databases) => {
  const worlds = []
  try {
    for (const database of databases) worlds.push(await openRowWorld(database))
    const count = await tryPolicies(worlds, 1, (line) => console.log(line))
    console.log(`${toldOfPolicies(count)}\n${((performance.now() - began) / 1000).toFixed(0)} s`)
    process.exitCode = count.survivors.length + count.unfounded.length === 0 ? 0 : 1
  } finally {
    for (const world of worlds) await world.close()
  }
})
