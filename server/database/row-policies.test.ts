import {
  borderStandsAlone,
  changesExactly,
  removesExactly,
  seesExactly,
} from '@zhongheng/testing/row-policies/exact.ts'
import { appHasTheseRights } from '@zhongheng/testing/row-policies/rights.ts'
import * as policies from '@zhongheng/testing/row-policies/specifications.ts'
import { type RowWorld, openRowWorld } from '@zhongheng/testing/row-policies/world.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/*
 * The second wall, tried without the first: statements as zh_app, with the tenant set by hand, against every table that
 * the catalogue lists. A new table fails here until it has policies, rules and rows in this scene. What each of these
 * looks at stands in testing/row-policies/; three that try every row one by one, or each wall by itself, are in row-rules.slow.test.ts.
 */
let world: RowWorld
beforeAll(async () => {
  world = await openRowWorld()
  // Two whole engagements: on a busy machine more than the usual half minute.
}, 120_000)
afterAll(() => world.close())

/** A specification found nothing against it. */
const holds = async (specification: policies.Specification): Promise<void> =>
  expect(await specification(world, world.tables)).toEqual([])

describe('PUB-DB-03: the catalogue', () => {
  it('forces row policies on every table, with one for the system role', () => holds(policies.everyTableIsForced))
  it('gives nobody the parts that a table consists of: what is asked for by the name of a part is refused to every side', () =>
    holds(policies.partsAreNobodys))
  it('would show nobody a row of a part either, were the right to it given by mistake', () =>
    holds(policies.givenPartsShowNothing))
  it.each([
    'grant select (id) on exchanges_first to zh_app',
    'grant insert on exchange_words_000007 to zh_system',
    'alter table exchanges_000007 no force row level security',
    'create policy seen on exchanges_000007 to zh_app using (true)',
  ])('and it would be noticed: %s', async (text) => {
    await world.client.query(`savepoint mistake; ${text}`)
    expect(await policies.partsAreNobodys(world, world.tables)).not.toEqual([])
    await world.client.query('rollback to mistake; release mistake')
  })
  it('gives neither role ownership, log-in or a way past the policies', () => holds(policies.rolesHaveNoPower))
  it('holds no view and no function that would run with its owner’s rights', () =>
    holds(policies.nothingRunsAsItsOwner))
  it('gives zh_app no truncating, no triggers, no references, and nothing on the list of migrations', () =>
    holds(policies.noRightBeyondRows))
  it('gives zh_app the rights on tables and columns that are written down, and no other', () =>
    holds(appHasTheseRights))
  it('has rows of this scene in every table, so that nothing below is content with emptiness', () =>
    holds(policies.everyTableHasRows))
})

describe('PUB-DB-01: without a tenant', () => {
  it('no table shows or takes a row', () => holds(policies.nothingWithoutATenant))
  it.each(Object.keys(policies.indirectWays) as policies.IndirectWay[])('%s reaches no row of any table', (way) =>
    holds(policies.noWayWithoutATenant(way)),
  )
  it('ON CONFLICT reaches no row of any table', () => holds(policies.noConflictWithoutATenant))
})

describe('a tenant that is none', () => {
  it.each(policies.noTenants)('PUB-DB-02: set to “%s” shows no row of ours and no error of the database', (text) =>
    holds(policies.nothingForANonTenant(text)),
  )
  it('PUB-DB-02: our own id in another case is another tenant', () => holds(policies.anotherCaseIsAnotherTenant))
})

describe('the tables of the ledger', () => {
  it.each(policies.tampering)('PUB-DB-06: %s is denied', (text) => holds(policies.refusedToEverybody(text)))
})

describe('somebody of another engagement', () => {
  it('sees no row of ours in any table', () => holds(policies.strangersSeeNothing))
  it('and sees own rows, so that the policies do not simply hide everything', () =>
    holds(policies.strangersSeeTheirOwn))
  it('changes and deletes none of ours', () => holds(policies.strangersChangeNothing))
  it('PUB-DB-04: writes no row as if it were ours', () => holds(policies.strangersWriteNothingAsOurs))
  it('PUB-DB-04: hangs no row of their own under our engagement', () => holds(policies.strangersHangNothingUnderOurs))
  it('PUB-DB-04: does not take a row of their own over to our engagement either', () =>
    holds(policies.strangersTakeNothingOver))
})

describe('what no person reads', () => {
  it.each(policies.unreadable)('%s is refused to every side', (text) => holds(policies.refusedToEverybody(text)))
  it.each(policies.rewriting)('PUB-DB-06: %s: history is not rewritten by anybody, not even by its own side', (text) =>
    holds(policies.refusedToEverybody(text)),
  )
})

describe('a tester', () => {
  it('sees neither a colleague’s rows of another house nor the supervisors’ records', () =>
    holds(policies.testersSeeTheirHouseAlone))
  it('reads no event of the three other sides alone', () => holds(policies.testersReadNoEventOfTheOthers))
})

describe('each side of an engagement, at home and abroad, does with the rows of every table what the rules say', () => {
  it('PUB-DB-04: sees those and no others', () => holds(seesExactly))
  it('PUB-DB-04: changes those and no others', () => holds(changesExactly))
  it('PUB-DB-04: removes those and no others', () => holds(removesExactly))
  it('RMSV-9-7: and were every other policy open, the border would stand', () => holds(borderStandsAlone))
})

describe('an engagement that its house gave to others of it', () => {
  it('has a second wall under every table that knows its engagement', () => holds(policies.secondWallUnderEngagements))
  it('shows the others no row of any table, and lets them change and delete none', () =>
    holds(policies.othersOfTheHouseReachNothing))
  it('lets the others hang nothing under it', () => holds(policies.othersOfTheHouseHangNothing))
  it('stays open to those whom a grant reaches, by name or by group, until it ends', () =>
    holds(policies.openToWhomAGrantReaches))
  it('is given and taken by nobody of the house in a statement of their own', () => holds(policies.givenByNobodyAlone))
})
