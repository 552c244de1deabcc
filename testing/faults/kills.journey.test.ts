import { afterAll, beforeAll, expect, it } from 'vitest'
import { type House, openHouse, type Victim } from './house.ts'
import { killDrill } from './kills.ts'

/** `npm run drill -- --times 200` kills as often as one wants to know it. */
const kills = 2
const each: readonly { readonly name: string; readonly of: readonly Victim[] }[] = [
  { name: 'PUB-RE-01: the database', of: ['database'] },
  { name: 'the server', of: ['server'] },
  { name: 'the gateway', of: ['gateway'] },
  { name: 'the recorder', of: ['recorder'] },
  { name: 'server and gateway at once', of: ['server', 'gateway'] },
  { name: 'database and server at once', of: ['database', 'server'] },
]

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

it.each(each)(
  `$name, killed ${kills} times while people write and test: back by itself, nothing acknowledged lost, doubled or answered wrongly`,
  async ({ of }) => {
    const drill = await killDrill(house, of, kills)
    expect(drill).toMatchObject({ lost: [], doubled: [], odd: [] })
    expect(drill.acknowledged.comments).toBeGreaterThan(kills)
    expect(drill.acknowledged.answers).toBeGreaterThan(kills)
  },
)
