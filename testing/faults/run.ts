import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { type Victim, openHouse, victims } from './house.ts'
import { type Drill, killDrill } from './kills.ts'

/** `npm run drill`: kills programs of a running platform under load and says what was lost. Exit code 1 when anything was. */
const usual = ['database', 'server', 'gateway', 'server+gateway', 'database+server']
const { values } = parseArgs({
  options: {
    kill: { type: 'string', multiple: true, default: usual },
    times: { type: 'string', default: '20' },
    json: { type: 'string' },
  },
})
const times = Number(values.times)
const isVictim = (name: string): name is Victim => victims.includes(name as Victim)
const kinds = values.kill.map((kind) => kind.split('+'))
if (!Number.isSafeInteger(times) || times < 1 || !kinds.flat().every(isVictim)) {
  console.error(`npm run drill -- [--kill NAME[+NAME]]… [--times N] [--json FILE]\nnames: ${victims.join(', ')}`)
  process.exit(2)
}
const drills: Drill[] = []
for (const kind of kinds) {
  const house = await openHouse()
  try {
    const drill = await killDrill(house, kind.filter(isVictim), times)
    drills.push(drill)
    console.log(told(drill))
  } finally {
    await house.close()
  }
}
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(drills, null, 2)}\n`)
process.exit(drills.every((one) => one.lost.length + one.doubled.length + one.odd.length === 0) ? 0 : 1)

function told(drill: Drill): string {
  const { acknowledged, backMs } = drill
  const some = (name: string, all: readonly string[]): string[] =>
    all.length === 0 ? [] : [`  ${name}: ${all.slice(0, 5).join('; ')}`]
  return [
    `${drill.victims.join(' + ')}: killed ${drill.kills} times; of ${acknowledged.comments} acknowledged writes and ${acknowledged.answers} answers through the gateway ${drill.lost.length} lost, ${drill.doubled.length} doubled; ${drill.odd.length} odd answers`,
    `  back after ${backMs.median} ms (median), ${backMs.worst} ms (worst), ${backMs.over5s} times after more than 5 s; nobody waited longer than ${drill.longestWaitMs} ms`,
    ...some('lost', drill.lost),
    ...some('doubled', drill.doubled),
    ...some('odd', drill.odd),
  ].join('\n')
}
