/** A band of severity: CVSS base scores from `from` to below `below`, and how the screens and reports show it. */
export type SeverityBand = {
  readonly name: 'critical' | 'high' | 'medium' | 'low' | 'info'
  readonly zh: string
  readonly en: string
  readonly from: number
  readonly below: number
  /** Background for white text; each pair has a contrast of at least 4.5 to 1. Never shown without the word. */
  readonly colour: `#${string}`
}

/** The bands that CVSS 3.x and 4.0 share, worst first, with the Chinese levels that users of such platforms know. */
export const severities = [
  { name: 'critical', zh: '严重', en: 'Critical', from: 9, below: 10.1, colour: '#8E1B3A' },
  { name: 'high', zh: '高危', en: 'High', from: 7, below: 9, colour: '#C62828' },
  { name: 'medium', zh: '中危', en: 'Medium', from: 4, below: 7, colour: '#B45309' },
  { name: 'low', zh: '低危', en: 'Low', from: 0.1, below: 4, colour: '#1D6FB8' },
  { name: 'info', zh: '提示', en: 'Info', from: 0, below: 0.1, colour: '#5B6470' },
] as const satisfies readonly SeverityBand[]
