import { describe, expect, it } from 'vitest'
import type { Actor, Role } from '../access/actor.ts'
import { engagementPermissions } from '../access/matrix.ts'
import { Problem } from '../shared/problem.ts'
import type { FindingInput, FindingMove } from './finding-move.ts'
import type { FindingMover, JudgedFinding } from './guards.ts'
import {
  type FindingMoveName,
  type FindingState,
  afterFindingMove,
  afterSubmission,
  allowedFindingMoves,
  findingMoveNames,
  findingMoves,
  findingStates,
  isFindingMove,
  submissionMoves,
  unfinishedStates,
} from './moves.ts'

const person = (name: string, role: Role, orgId: string = role, signs = false): FindingMover => ({
  role,
  actor: { personId: name, orgId, orgKind: role, posts: signs ? ['signatory'] : ['member'], name } satisfies Actor,
})
const 林小满 = person('林小满', 'tester', '青锋实验室')
const 高远 = person('高远', 'tester', '青锋实验室')
const 周审 = person('周审', 'organizer')
const 赵需 = person('赵需', 'demand')
const 钱总 = person('钱总', 'demand', 'demand', true)
const 孙计 = person('孙计', 'auditor')
const all = [林小满, 高远, 周审, 赵需, 钱总, 孙计]

const findingIn = (state: FindingState): JudgedFinding => ({
  state,
  submitterId: '林小满',
  submitterOrgId: '青锋实验室',
  severity: 'high',
  submittedAt: '2026-03-02T09:00:00.000Z',
})
const why = '已按步骤经网关复现，结论成立。'
const full: Record<FindingMoveName, FindingInput> = {
  take_up: {},
  pass: { reason: why, severity: 'high', cites: '授权范围第 1 条' },
  return: { reason: why, reasonCode: 'steps' },
  invalidate: { reason: why, reasonCode: 'not_a_flaw', cites: '规则第 2 条' },
  put_out_of_scope: { reason: why, cites: '授权范围第 4 条（排除）' },
  mark_duplicate: { reason: why, original: { submittedAt: '2026-03-01T09:00:00.000Z', state: 'confirmed' } },
  withdraw: { reason: why },
  confirm: { reason: why, severity: 'high' },
  dispute: { reason: why, cites: '资产分级清单第 3 项' },
  reject: { reason: why, reasonCode: 'known_issue', cites: '工单 118' },
  appeal: { reason: why, cites: '所引流量' },
  uphold: { reason: why, severity: 'medium', cites: '所引流量' },
  overturn: { reason: why, cites: '资产分级清单第 3 项' },
  begin_remediation: { reason: why },
  ask_retest: { reason: why },
  record_retest: { reason: why, retestOutcome: 'not_reproducible' },
  accept_risk: { reason: why },
  close: { reason: why },
}
const move = (state: FindingState, name: FindingMoveName, by: FindingMover, input: FindingInput = full[name]) =>
  afterFindingMove(findingIn(state), name, by, input)

function refusal(act: () => unknown): Problem {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('nothing was refused')
}
const fieldsOf = (problem: Problem): string[] => problem.fields.map((one) => one.field)

describe('a finding that goes the straight way', () => {
  it('is reviewed, confirmed, repaired, retested and closed, each by the right role', () => {
    let state: FindingState = afterSubmission({ state: 'draft', submitterId: '林小满' }, 'submit', 林小满)
    for (const [name, by] of [
      ['take_up', 周审],
      ['pass', 周审],
      ['confirm', 赵需],
      ['begin_remediation', 赵需],
      ['ask_retest', 赵需],
      ['record_retest', 林小满],
      ['close', 周审],
    ] as const)
      state = move(state, name, by).state
    expect(state).toBe('closed')
  })
  it('is handed over by the same act that passes it', () => {
    expect(findingMoves.pass.through).toBe('passed')
    expect(move('initial_review', 'pass', 周审).state).toBe('demand_review')
  })
})

describe('first review', () => {
  it.each([
    ['return', 'returned'],
    ['invalidate', 'invalid'],
    ['put_out_of_scope', 'out_of_scope'],
    ['mark_duplicate', 'duplicate'],
  ] as const)('may end with %s', (name, state) => {
    expect(move('submitted', name, 周审).state).toBe(state)
    expect(move('initial_review', name, 周审).state).toBe(state)
  })
  it('of a returned finding begins again when its submitter hands it in', () => {
    expect(afterSubmission(findingIn('returned'), 'resubmit', 林小满)).toBe('submitted')
    expect(refusal(() => afterSubmission(findingIn('returned'), 'resubmit', 高远)).rule).toBe('FND-OWN')
    expect(refusal(() => afterSubmission(findingIn('confirmed'), 'resubmit', 林小满)).rule).toBe('FND-STATE')
    expect(refusal(() => afterSubmission(findingIn('returned'), 'resubmit', 周审)).rule).toBe('ROLE-1')
  })
  it('is over for a finding that its submitter withdrew', () => {
    expect(move('submitted', 'withdraw', 林小满)).toMatchObject({ state: 'closed', reasonCode: 'withdrawn' })
    expect(refusal(() => move('submitted', 'withdraw', 高远)).rule).toBe('FND-OWN')
  })
  it('of a passed finding is past: it cannot be withdrawn any more', () => {
    expect(refusal(() => move('demand_review', 'withdraw', 林小满))).toMatchObject({
      code: 'wrong_state',
      rule: 'FND-STATE',
    })
  })
  it('names an older finding as the original, and never another duplicate', () => {
    const naming = (submittedAt: string, state: FindingState) =>
      refusal(() => move('submitted', 'mark_duplicate', 周审, { reason: why, original: { submittedAt, state } }))
    expect(naming('2026-03-02T09:00:00.001Z', 'submitted').fields[0]?.limit.en).toBe('the original must be older')
    expect(naming('2026-03-01T09:00:00.000Z', 'duplicate').fields[0]?.limit.en).toContain('duplicate itself')
    expect(naming('2026-03-01T09:00:00.000Z', 'draft').fields[0]?.field).toBe('body.duplicateOf')
    expect(fieldsOf(refusal(() => move('submitted', 'mark_duplicate', 周审, { reason: why })))).toEqual([
      'body.duplicateOf',
    ])
  })
})

describe('the demand side', () => {
  it('alone confirms: the organizer’s call is forbidden', () => {
    expect(refusal(() => move('demand_review', 'confirm', 周审))).toMatchObject({ code: 'forbidden', rule: 'ROLE-1' })
  })
  it('confirms with the final severity', () => {
    expect(move('demand_review', 'confirm', 赵需, { reason: why, severity: 'low' }).severity).toBe('low')
    expect(fieldsOf(refusal(() => move('demand_review', 'confirm', 赵需, { reason: why })))).toEqual(['body.severity'])
  })
  it('does not reject without code, reason and citation', () => {
    expect(fieldsOf(refusal(() => move('demand_review', 'reject', 赵需, {})))).toEqual([
      'body.reason',
      'body.cites',
      'body.reasonCode',
    ])
  })
  it('accepts a risk only by a signatory', () => {
    expect(refusal(() => move('remediation', 'accept_risk', 赵需)).rule).toBe('ROLE-1')
    expect(move('remediation', 'accept_risk', 钱总).state).toBe('risk_accepted')
  })
})

describe('a dispute', () => {
  it('is decided by the auditor: upheld or overturned', () => {
    expect(move('disputed', 'uphold', 孙计)).toMatchObject({ state: 'confirmed', severity: 'medium' })
    expect(move('disputed', 'overturn', 孙计)).toMatchObject({ state: 'invalid', severity: 'high' })
    for (const by of [林小满, 周审, 赵需, 钱总])
      expect(refusal(() => move('disputed', 'uphold', by)).rule).toBe('ROLE-1')
  })
  it('is opened by the submitter too, against a rejection', () => {
    expect(move('rejected_by_demand', 'appeal', 林小满).state).toBe('disputed')
    expect(refusal(() => move('rejected_by_demand', 'appeal', 高远)).rule).toBe('FND-OWN')
  })
  it('ends with the ruling: nothing leads from it back to a dispute', () => {
    expect(reachableFrom(move('disputed', 'overturn', 孙计).state)).not.toContain('disputed')
  })
})

describe('a retest', () => {
  it.each([
    ['not_reproducible', 'fixed'],
    ['still_there', 'remediation'],
    ['cannot_test', 'retest'],
  ] as const)('that says %s leads to %s', (retestOutcome, state) => {
    expect(move('retest', 'record_retest', 周审, { reason: why, retestOutcome }).state).toBe(state)
  })
})

describe('nobody decides on a finding of their own organisation (SOD-2)', () => {
  const judging = findingMoveNames.filter((name) => (findingMoves[name] as FindingMove).guards.includes('notOwn'))
  const roleOf = (name: FindingMoveName): Role => {
    const grant: Partial<Record<Role, unknown>> = engagementPermissions[findingMoves[name].by]
    const role = (['organizer', 'demand', 'auditor', 'tester'] as const).find((one) => grant[one])
    if (!role) throw new Error(`nobody may ${name}`)
    return role
  }
  it.each(judging)('%s', (name) => {
    const state = findingMoves[name].from[0]
    const colleague = person('同事', roleOf(name), '青锋实验室', true)
    expect(refusal(() => move(state, name, colleague))).toMatchObject({ code: 'forbidden', rule: 'SOD-2' })
    const self = person('林小满', roleOf(name), '别处', true)
    expect(refusal(() => move(state, name, self)).rule).toBe('SOD-2')
  })
  it('holds for every decision but repair, retest and the submitter’s own acts', () => {
    expect(findingMoveNames.filter((name) => !judging.includes(name))).toEqual([
      'withdraw',
      'appeal',
      'begin_remediation',
      'ask_retest',
      'record_retest',
    ])
  })
})

describe('what a move is told', () => {
  it.each(findingMoveNames)('%s rests on a reason code and a citation, given or its own', (name) => {
    const by = all.find((one) =>
      allowedFindingMoves(findingIn(findingMoves[name].from[0]), one).some((m) => m.move === name && !m.refused),
    )
    if (!by) throw new Error(`nobody may ${name}`)
    const after = move(findingMoves[name].from[0], name, by)
    expect(findingMoves[name].codes.map((one) => one.value)).toContain(after.reasonCode)
    expect(after.cites.length).toBeGreaterThanOrEqual(2)
  })
  it('wants ten characters of reason, blanks not counted', () => {
    expect(fieldsOf(refusal(() => move('confirmed', 'begin_remediation', 赵需, { reason: '   已安排   ' })))).toEqual([
      'body.reason',
    ])
    expect(fieldsOf(refusal(() => move('confirmed', 'begin_remediation', 赵需, { reason: 'x'.repeat(4001) })))).toEqual(
      ['body.reason'],
    )
  })
  it('takes no code of another move', () => {
    expect(
      fieldsOf(refusal(() => move('submitted', 'return', 周审, { reason: why, reasonCode: 'known_issue' }))),
    ).toEqual(['body.reasonCode'])
    expect(fieldsOf(refusal(() => move('fixed', 'close', 周审, { reason: why, reasonCode: 'valid' })))).toEqual([
      'body.reasonCode',
    ])
  })
  it('takes no severity, outcome or original where none is asked for', () => {
    const input: FindingInput = {
      reason: why,
      severity: 'info',
      retestOutcome: 'still_there',
      original: { submittedAt: '2026-01-01T00:00:00.000Z', state: 'confirmed' },
    }
    expect(fieldsOf(refusal(() => move('fixed', 'close', 周审, input)))).toEqual([
      'body.severity',
      'body.retestOutcome',
      'body.duplicateOf',
    ])
  })
  it('asks for a reason wherever a severity may differ from the tester’s', () => {
    const silent = findingMoveNames.filter((name) => {
      const { needs }: FindingMove = findingMoves[name]
      return needs.includes('severity') && !needs.includes('reason')
    })
    expect(silent).toEqual([])
  })
})

describe('the allowed moves', () => {
  it('of the organizer on a new finding come with what each needs', () => {
    expect(allowedFindingMoves(findingIn('submitted'), 周审).map((one) => one.move)).toEqual([
      'take_up',
      'pass',
      'return',
      'invalidate',
      'put_out_of_scope',
      'mark_duplicate',
    ])
    expect(allowedFindingMoves(findingIn('submitted'), 周审).find((one) => one.move === 'return')).toMatchObject({
      needs: ['reason', 'reasonCode'],
      reasonCodes: [{ value: 'steps' }, { value: 'evidence' }, { value: 'wording' }],
      refused: null,
    })
  })
  it('say why a person may not, where only the person is the hindrance', () => {
    const colleague = person('同事', 'organizer', '青锋实验室')
    expect(allowedFindingMoves(findingIn('submitted'), colleague).map((one) => one.refused?.rule)).toEqual(
      Array.from({ length: 6 }, () => 'SOD-2'),
    )
  })
  it('of a role that could never do it are not shown', () => {
    expect(allowedFindingMoves(findingIn('submitted'), 赵需)).toEqual([])
    expect(allowedFindingMoves(findingIn('closed'), 周审)).toEqual([])
  })
  it.each(all.map((one) => [one.actor.name, one] as const))(
    'PUB-AC-15: agree with the decision for %s in every state',
    (_name, by) => {
      for (const state of findingStates) {
        const offered = allowedFindingMoves(findingIn(state), by)
          .filter((one) => !one.refused)
          .map((one) => one.move)
        const done = findingMoveNames.filter((name) => {
          try {
            move(state, name, by)
            return true
          } catch (error) {
            if (error instanceof Problem && error.code !== 'malformed') return false
            throw error
          }
        })
        expect(offered, state).toEqual(done)
      }
    },
  )
})

describe('the table as a whole', () => {
  it('knows its own moves and no others', () => {
    expect(isFindingMove('confirm')).toBe(true)
    for (const text of ['constructor', 'submit', '']) expect(isFindingMove(text)).toBe(false)
  })
  it('reaches every state from a draft', () => {
    expect(findingStates.filter((state) => state !== 'draft' && !reachableFrom('draft').includes(state))).toEqual([])
  })
  it('lets every state end: closed can be reached from everywhere', () => {
    expect(
      findingStates.filter(
        (state) => state !== 'closed' && state !== 'passed' && !reachableFrom(state).includes('closed'),
      ),
    ).toEqual([])
  })
  it('closes a confirmed finding only through a passed retest or a signed acceptance (GBT43741-4.1-05)', () => {
    const withoutProof = reachableFrom('confirmed', ['fixed', 'risk_accepted'])
    expect(withoutProof).not.toContain('closed')
    expect(reachableFrom('confirmed')).toContain('closed')
  })
  it('lets nothing reach the demand side’s confirmation without the organizer’s pass', () => {
    expect(reachableFrom('submitted', ['demand_review'])).not.toContain('confirmed')
  })
  it('counts as unfinished what a party still owes', () => {
    for (const state of unfinishedStates) expect(['closed', 'fixed', 'risk_accepted', 'invalid']).not.toContain(state)
  })
})

/** Every state that some sequence of moves reaches, not walking through the blocked ones. */
function reachableFrom(start: FindingState, blocked: readonly FindingState[] = []): FindingState[] {
  const edges: { from: readonly FindingState[]; ends: readonly FindingState[] }[] = [
    ...findingMoveNames.map((name) => {
      const { from, to, through, otherwise }: FindingMove = findingMoves[name]
      return { from, ends: [to, ...(through ? [through] : []), ...(otherwise ?? [])] }
    }),
    ...Object.values(submissionMoves).map(({ from, to }) => ({ from, ends: [to] })),
  ]
  const reached = new Set<FindingState>()
  const walk = (state: FindingState): void => {
    for (const edge of edges.filter((one) => one.from.includes(state)))
      for (const end of edge.ends)
        if (!reached.has(end) && !blocked.includes(end)) {
          reached.add(end)
          walk(end)
        }
  }
  walk(start)
  return [...reached]
}
