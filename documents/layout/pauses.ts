import type { Pause } from '../models/test-report.ts'
import type { Block } from './printed.ts'
import { paragraph, runs, type Speech } from './speech.ts'

/** The stops of a test, or the sentence that there were none. */
export function printPauses(pauses: readonly Pause[], { word, clock }: Speech): Block[] {
  if (pauses.length === 0) return [paragraph(word('测试期间未发生暂停。', 'The test was not stopped.'))]
  return [
    {
      kind: 'table',
      columns: [
        { title: word('暂停', 'Stopped'), share: 3 },
        { title: word('恢复', 'Resumed'), share: 3 },
        { title: word('下令人', 'By'), share: 3 },
        { title: word('原因', 'Reason'), share: 5 },
      ],
      rows: pauses.map((pause) => [
        runs(clock(pause.from)),
        runs(pause.to === undefined ? word('未恢复', 'not resumed') : clock(pause.to)),
        runs(pause.by),
        runs(pause.reason),
      ]),
    },
  ]
}
