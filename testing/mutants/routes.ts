import { openReachScene } from '../access/reach-scene.ts'
import { faultsOf } from '../access/reach.ts'
import { toldOfRoutes, tryRoutes } from './declared.ts'
import { withDatabases } from './own-database.ts'

/*
 * node testing/mutants/routes.ts [WORD…]: every mutant of what the routes declare, or of those whose keys hold one of the words, against
 * what is said of them a second time. Prints what survived; ends with 1 where anything did, or where the routes differ from what
 * is said without a mutant. How to read it: docs/guides/mutants.md
 */

const words = process.argv.slice(2)
const wanted = (key: string): boolean => words.length === 0 || words.some((one) => key.includes(one))
const began = performance.now()
await withDatabases(['routes'], async ([database]) => {
  const scene = await openReachScene(database)
  try {
    const faults: string[] = []
    for (const key of scene.routes.keys()) if (wanted(key)) faults.push(...(await faultsOf(scene, key)))
    if (faults.length > 0) console.log(`without a mutant:\n  ${faults.join('\n  ')}`)
    const count = await tryRoutes(scene, (mutant) => wanted(mutant.key))
    console.log(`${toldOfRoutes(count)}\n${((performance.now() - began) / 1000).toFixed(0)} s`)
    process.exitCode = faults.length + count.survivors.length + count.unfounded.length === 0 ? 0 : 1
  } finally {
    await scene.close()
  }
})
