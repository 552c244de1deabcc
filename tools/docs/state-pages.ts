import { type Post, type Role, roles } from '@zhongheng/domain/access/actor.ts'
import { type EngagementAction, engagementPermissions } from '@zhongheng/domain/access/matrix.ts'
import { type EngagementMove, engagementMoves } from '@zhongheng/domain/engagements/moves.ts'
import { type Phase, engagementStates, stateFacts } from '@zhongheng/domain/engagements/states.ts'
import {
  type FindingMove,
  findingMoves,
  findingStateNames,
  findingStates,
  submissionMoves,
} from '@zhongheng/domain/findings/moves.ts'

/** A page of `docs/` that is made from the code. `path` is relative to the repository's folder. */
export type Page = { readonly path: string; readonly text: string }

/** The pages about states, made from the tables of moves. `node tools/docs/states.ts` writes them; a test compares. */
export const statePages = (): readonly Page[] => [engagementPage(), findingPage()]

type Arrow = { readonly from: string; readonly to: string; readonly name: string }

const phases: Record<Phase, string> = {
  preparation: 'preparation 准备',
  implementation: 'implementation 实施',
  post_processing: 'post-processing 后处理',
  ended: 'ended 结束',
}

function engagementPage(): Page {
  const moves = Object.entries<EngagementMove>(engagementMoves)
  const leaves = ([, move]: readonly [string, EngagementMove]): boolean =>
    move.to === 'cancelled' || move.to === 'terminated'
  const arrows = moves
    .filter((one) => !leaves(one))
    .flatMap(([name, move]) => move.from.map((from): Arrow => ({ from, to: move.to, name })))
  return page('docs/engagement-states.md', [
    '# States of an engagement · 众测项目的状态',
    '',
    madeFrom('domain/engagements/moves.ts'),
    '',
    'A move is refused with its rule id until all of its guards are content. Guards stand in `domain/engagements/guards.ts`.',
    '',
    ...diagram(engagementStates[0], arrows, ['closed']),
    '',
    `Not drawn: ${moves
      .filter(leaves)
      .map(([name, move]) => `\`${name}\` leads from ${move.from.map(code).join(', ')} to \`${move.to}\``)
      .join('; ')}.`,
    '',
    '## States',
    '',
    ...table(
      ['state', '中文', 'English', 'phase'],
      engagementStates.map((state) => {
        const { name, phase } = stateFacts[state]
        return [code(state), name.zh, name.en, phases[phase]]
      }),
    ),
    '',
    '## Moves',
    '',
    ...table(
      ['move', '中文', 'English', 'from', 'to', 'who', 'guards', 'reason', 'clauses'],
      moves.map(([name, move]) => [
        code(name),
        move.title.zh,
        move.title.en,
        move.from.map(code).join(' '),
        code(move.to),
        move.by === 'clock' ? 'the clock' : who(move.by, move.roles),
        move.guards.map(code).join(' '),
        move.reason ? 'yes' : '',
        move.clauses.join(' '),
      ]),
    ),
  ])
}

function findingPage(): Page {
  const moves = Object.entries<FindingMove>(findingMoves)
  const submissions = Object.entries(submissionMoves)
  const arrows = [
    ...submissions.flatMap(([name, move]) => move.from.map((from): Arrow => ({ from, to: move.to, name }))),
    ...moves.flatMap(([name, { from, through, to, otherwise = [] }]) =>
      from.flatMap((start): Arrow[] => [
        ...(through
          ? [
              { from: start, to: through, name },
              { from: through, to, name },
            ]
          : [{ from: start, to, name }]),
        ...otherwise.map((end) => ({ from: start, to: end, name })),
      ]),
    ),
  ]
  return page('docs/finding-states.md', [
    '# States of a finding · 漏洞的状态',
    '',
    madeFrom('domain/findings/moves.ts'),
    '',
    'Each decision is refused with its rule id, or kept with its reason, its code and what it rests on.',
    '',
    ...diagram(findingStates[0], arrows, ['closed']),
    '',
    '## States',
    '',
    ...table(
      ['state', '中文', 'English'],
      findingStates.map((state) => [code(state), findingStateNames[state].zh, findingStateNames[state].en]),
    ),
    '',
    '## Moves',
    '',
    ...table(
      ['move', '中文', 'English', 'from', 'to', 'who', 'guards', 'asks for', 'clauses'],
      [
        ...submissions.map(([name, move]) => [
          code(name),
          '提交表单',
          'The submission form',
          move.from.map(code).join(' '),
          code(move.to),
          who(move.by),
          code('own'),
          'the whole form',
          move.clauses.join(' '),
        ]),
        ...moves.map(([name, move]) => [
          code(name),
          move.title.zh,
          move.title.en,
          move.from.map(code).join(' '),
          [...(move.through ? [move.through] : []), move.to, ...(move.otherwise ?? [])].map(code).join(' '),
          who(move.by),
          move.guards.map(code).join(' '),
          move.needs.map(code).join(' '),
          move.clauses.join(' '),
        ]),
      ],
    ),
    '',
    'Where `to` holds several states: `passed` is entered and left in the same commit, and the outcome of a retest chooses',
    'between `fixed`, `remediation` (still there) and `retest` (could not be tested).',
  ])
}

const page = (path: string, lines: readonly string[]): Page => ({ path, text: `${lines.join('\n')}\n` })
const code = (name: string): string => `\`${name}\``
const madeFrom = (file: string): string =>
  `Made from \`${file}\` by \`node tools/docs/states.ts\`. Do not edit; a test compares this page with the code.`

/** Who holds a permission, as the matrix says: `organizer (signatory, member)`. */
function who(action: EngagementAction, only: readonly Role[] = roles): string {
  const grant: Partial<Record<Role, readonly Post[]>> = engagementPermissions[action]
  return only
    .filter((role) => grant[role] !== undefined)
    .map((role) => `${role} (${grant[role]?.join(', ')})`)
    .join('; ')
}

/** A Mermaid state diagram; several moves between two states share one arrow. */
function diagram(first: string, arrows: readonly Arrow[], last: readonly string[]): string[] {
  const labels = new Map<string, Set<string>>()
  for (const { from, to, name } of arrows) {
    const key = `${from} --> ${to}`
    labels.set(key, (labels.get(key) ?? new Set()).add(name))
  }
  return [
    '```mermaid',
    'stateDiagram-v2',
    `  [*] --> ${first}`,
    ...[...labels].map(([key, names]) => `  ${key}: ${[...names].join(', ')}`),
    ...last.map((state) => `  ${state} --> [*]`),
    '```',
  ]
}

const table = (heads: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${heads.join(' | ')} |`,
  `| ${heads.map(() => '---').join(' | ')} |`,
  ...rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`),
]
