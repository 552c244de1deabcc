import { describe, expect, it } from 'vitest'
import { type Post, type Role, posts, roles } from '../access/actor.ts'
import { Problem } from '../shared/problem.ts'
import type { EngagementFacts } from './facts.ts'
import { chenMo, factsOf, noon, somebody, without, written } from './facts-for-tests.ts'
import { guards } from './guards.ts'
import {
  type EngagementMove,
  type EngagementMoveName,
  type Mover,
  afterMove,
  allowedMoves,
  engagementMoveNames,
  engagementMoves,
} from './moves.ts'
import { nextSteps } from './next-steps.ts'
import { type EngagementState, engagementStates, stateFacts } from './states.ts'

const moveOf = (name: EngagementMoveName): EngagementMove => engagementMoves[name]
const why = '已核对材料与现场情况，理由充分。'
const afterTheWindow = new Date('2026-03-20T00:00:00Z')

/** Who makes each move in practice, written down apart from the matrix: role and the least post that suffices. */
const makers: Record<EngagementMoveName, readonly `${Role} ${Post}`[] | 'clock'> = {
  submit: ['demand member'],
  agree: ['organizer member'],
  reject: ['organizer member'],
  revise: ['demand member'],
  authorise: ['demand signatory'],
  recruit: ['organizer member'],
  get_ready: ['organizer member'],
  start: ['organizer member'],
  stop: ['demand member', 'organizer member', 'auditor member'],
  resume: ['demand member', 'organizer member', 'auditor member'],
  window_ends: 'clock',
  end_early: ['demand member', 'organizer member'],
  begin_reporting: ['organizer member'],
  deliver: ['organizer member'],
  accept: ['demand signatory'],
  return: ['demand signatory'],
  dispose: ['organizer member'],
  close: ['organizer member'],
  cancel: ['demand member', 'organizer member'],
  terminate: ['demand member', 'organizer member'],
}
const enough = (role: Role, post: Post, name: EngagementMoveName): boolean => {
  const who = makers[name]
  return (
    who !== 'clock' && (who.includes(`${role} ${post}`) || (post === 'signatory' && who.includes(`${role} member`)))
  )
}
const maker = (name: EngagementMoveName): Mover => {
  const who = makers[name]
  if (who === 'clock') return 'clock'
  const [role, post] = (who[0] ?? '').split(' ') as [Role, Post]
  return somebody(role, [post])
}

/** Facts under which every guard of the move is content, in the given state. */
const contented = (name: EngagementMoveName, state: EngagementState): EngagementFacts =>
  name === 'reject'
    ? factsOf({
        state,
        records: ['zhou-heng', 'wu-cheng'].map((person) =>
          written('review', 'organizer', person, { choices: { verdict: 'reject' } }),
        ),
      })
    : factsOf({ state, stop: name === 'resume' ? { byRole: 'auditor', reason: why } : null })
const at = (name: EngagementMoveName): Date => (name === 'window_ends' ? afterTheWindow : noon)

const refusal = (act: () => unknown): Problem => {
  try {
    act()
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error('it was allowed')
}

describe.each(engagementMoveNames)('the move %s', (name) => {
  it('leads to its state from each state it starts from', () => {
    for (const state of moveOf(name).from)
      expect(afterMove(contented(name, state), name, maker(name), at(name), why), state).toBe(moveOf(name).to)
  })

  it('is refused from every other state with STATE-1, in words that name the state', () => {
    for (const state of engagementStates.filter((one) => !moveOf(name).from.includes(one))) {
      const no = refusal(() => afterMove(contented(name, state), name, maker(name), at(name), why))
      expect(no, state).toMatchObject({ code: 'wrong_state', rule: 'STATE-1' })
      expect(no.text.zh).toContain(stateFacts[state].name.zh)
      expect(no.text.en).toContain(state)
    }
  })

  it('is open to exactly the roles and posts that the service gives it to', () => {
    const from = moveOf(name).from[0] as EngagementState
    for (const role of roles)
      for (const post of posts) {
        const act = () => afterMove(contented(name, from), name, somebody(role, [post]), at(name), why)
        if (enough(role, post, name)) expect(act(), `${role} ${post}`).toBe(moveOf(name).to)
        else expect(refusal(act), `${role} ${post}`).toMatchObject({ code: 'forbidden', rule: 'ROLE-1' })
      }
  })

  it('is not for somebody without a role here', () => {
    const stranger: Mover = { actor: somebody('demand').actor, role: null }
    const from = moveOf(name).from[0] as EngagementState
    expect(refusal(() => afterMove(contented(name, from), name, stranger, at(name), why)).rule).toBe('ROLE-1')
  })

  it('asks for a reason of 10 to 2,000 characters exactly where the table says so', () => {
    const facts = contented(name, moveOf(name).from[0] as EngagementState)
    const act = (reason?: string) => () => afterMove(facts, name, maker(name), at(name), reason)
    if (!moveOf(name).reason) {
      expect(act()()).toBe(moveOf(name).to)
      return
    }
    for (const bad of [undefined, '', '太短', '          太短          ', '长'.repeat(2001)])
      expect(refusal(act(bad))).toMatchObject({ code: 'malformed', rule: 'REASON-1', fields: [{ field: 'reason' }] })
    for (const good of ['一二三四五六七八九十', '长'.repeat(2000)]) expect(act(good)()).toBe(moveOf(name).to)
  })
})

describe('the table of moves', () => {
  it('reaches every state from a draft, and nothing leaves an ended engagement', () => {
    const reached = new Set<EngagementState>(['draft'])
    for (const state of reached)
      for (const name of engagementMoveNames) if (moveOf(name).from.includes(state)) reached.add(moveOf(name).to)
    expect([...reached].sort()).toEqual([...engagementStates].sort())
    for (const name of engagementMoveNames)
      for (const state of moveOf(name).from) expect(stateFacts[state].phase, name).not.toBe('ended')
  })
  it('never opens the window without passing permits, testers, audit and sources', () => {
    const intoTesting = engagementMoveNames.filter((name) => moveOf(name).to === 'testing')
    expect(intoTesting).toEqual(['start', 'resume'])
    expect(moveOf('start').guards).toEqual(
      expect.arrayContaining(['bothPermits', 'testersReady', 'auditReady', 'sourcesGreen', 'insideWindow']),
    )
    expect(moveOf('resume').guards).toContain('insideWindow')
  })
  it('uses every guard, and each move cites a duty', () => {
    const used = new Set(engagementMoveNames.flatMap((name) => moveOf(name).guards))
    expect(Object.keys(guards).filter((name) => !used.has(name as keyof typeof guards))).toEqual([])
    for (const name of engagementMoveNames) expect(moveOf(name).clauses.length, name).toBeGreaterThan(0)
  })
  it('speaks both languages', () => {
    for (const name of engagementMoveNames) {
      expect(moveOf(name).title.zh, name).toMatch(/\p{Script=Han}/u)
      expect(moveOf(name).title.en, name).toMatch(/^[A-Z]/)
    }
    for (const state of engagementStates) expect(stateFacts[state].name.zh).toMatch(/\p{Script=Han}/u)
  })
})

describe('the clock', () => {
  it('ends the window at its closing time, not a millisecond before, also while testing is suspended', () => {
    for (const state of ['testing', 'suspended'] as const) {
      expect(afterMove(factsOf({ state }), 'window_ends', 'clock', afterTheWindow)).toBe('window_closed')
      const before = new Date(afterTheWindow.getTime() - 1)
      expect(refusal(() => afterMove(factsOf({ state }), 'window_ends', 'clock', before)).rule).toBe('TIME-1')
    }
  })
  it('makes no move of a person', () => {
    for (const name of engagementMoveNames.filter((one) => one !== 'window_ends')) {
      const facts = contented(name, moveOf(name).from[0] as EngagementState)
      expect(refusal(() => afterMove(facts, name, 'clock', noon, why)).rule, name).toBe('ROLE-1')
    }
  })
})

describe('the list of allowed moves', () => {
  const shown = (facts: EngagementFacts, mover: Mover) => allowedMoves(facts, mover, noon)

  it('shows a refused move with its reason, so that a button can say why', () => {
    const facts = factsOf({ state: 'agreed', records: without('permit_admit_testers') })
    const authorise = shown(facts, somebody('demand')).find((one) => one.move === 'authorise')
    expect(authorise).toMatchObject({ to: 'authorised', refused: { rule: 'AUTH-MISSING' } })
    expect(authorise?.refused?.why.zh).toContain('引入测试方')
  })
  it('shows an allowed move without a refusal and says whether it needs a reason', () => {
    expect(shown(factsOf({ state: 'testing' }), somebody('auditor'))).toEqual([
      expect.objectContaining({ move: 'stop', to: 'suspended', reason: true, refused: null }),
    ])
  })
  it('leaves out what starts elsewhere and what is another role’s', () => {
    expect(shown(factsOf({ state: 'submitted' }), somebody('demand')).map((one) => one.move)).toEqual(['cancel'])
    for (const state of engagementStates) expect(shown(factsOf({ state }), somebody('tester'))).toEqual([])
  })
  it('PUB-AC-15: agrees with the decision in every state for everybody', () => {
    for (const state of engagementStates)
      for (const role of roles) {
        const facts = factsOf({ state, enrollments: [{ ...chenMo, pledged: false }] })
        const listed = shown(facts, somebody(role))
        for (const name of engagementMoveNames) {
          const entry = listed.find((one) => one.move === name)
          let outcome: string
          try {
            outcome = afterMove(facts, name, somebody(role), noon, why)
          } catch (error) {
            outcome = (error as Problem).rule ?? ''
          }
          if (entry) expect(entry.refused?.rule ?? entry.to, `${role} ${name} ${state}`).toBe(outcome)
          else expect(['ROLE-1', 'STATE-1'], `${role} ${name} ${state}`).toContain(outcome)
        }
      }
  })
})

describe('next steps', () => {
  it('name somebody in every state that waits, and nobody once it is over', () => {
    for (const state of engagementStates)
      if (state === 'closed' || state === 'cancelled') expect(nextSteps[state]).toEqual({})
      else expect(Object.keys(nextSteps[state]).length, state).toBeGreaterThan(0)
  })
  it('send a side to a move or a record that is really theirs then', () => {
    for (const state of engagementStates.filter((one) => stateFacts[one].phase === 'preparation')) {
      const movers = engagementMoveNames
        .filter((name) => moveOf(name).from.includes(state) && moveOf(name).to !== 'cancelled')
        .flatMap((name) => roles.filter((role) => posts.some((post) => enough(role, post, name))))
      for (const role of movers) expect(Object.keys(nextSteps[state]), `${role} in ${state}`).toContain(role)
    }
  })
})
