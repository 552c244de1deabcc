import { afterAll, beforeAll, expect, it } from 'vitest'
import { type House, openHouse, type Victim } from './house.ts'
import { killDrill } from './kills.ts'

/** `npm run drill -- --times 200` kills as often as one wants to know it. */
const kills = 2
const each: readonly { readonly of: readonly Victim[] }[] = [
  { of: ['database'] },
  { of: ['server'] },
  { of: ['gateway'] },
  { of: ['recorder'] },
  { of: ['server', 'gateway'] },
  { of: ['database', 'server'] },
]

let house: House
beforeAll(async () => {
  house = await openHouse()
})
afterAll(() => house.close())

it.each(each)(
  `killed ${kills} times while people write and test, $of come back by themselves; nothing acknowledged is lost, doubled or answered wrongly`,
  async ({ of }) => {
    const drill = await killDrill(house, of, kills)
    expect(drill).toMatchObject({ lost: [], doubled: [], odd: [] })
    expect(drill.acknowledged.comments).toBeGreaterThan(kills)
    expect(drill.acknowledged.answers).toBeGreaterThan(kills)
  },
)
