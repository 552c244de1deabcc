/** CVSS 3.1 base metrics in the order of the vector, each with its values. */
export const baseMetrics = {
  AV: ['N', 'A', 'L', 'P'],
  AC: ['L', 'H'],
  PR: ['N', 'L', 'H'],
  UI: ['N', 'R'],
  S: ['U', 'C'],
  C: ['H', 'L', 'N'],
  I: ['H', 'L', 'N'],
  A: ['H', 'L', 'N'],
} as const
export type BaseMetric = keyof typeof baseMetrics
export const baseMetricNames = Object.keys(baseMetrics) as BaseMetric[]
const isBase = (name: string): name is BaseMetric => Object.hasOwn(baseMetrics, name)

/** A vector taken apart, in no need of being complete: the base metrics chosen so far, and what else it says. */
export type Vector = {
  readonly base: Readonly<Partial<Record<BaseMetric, string>>>
  readonly others: readonly string[]
}
export const emptyVector: Vector = { base: {}, others: [] }

/** Reads a CVSS 3.1 vector, complete or not; null for anything else, which only the server judges. */
export function readVector(text: string): Vector | null {
  const [head, ...parts] = text.trim().split('/')
  if (head !== 'CVSS:3.1') return null
  const base: Partial<Record<BaseMetric, string>> = {}
  const others: string[] = []
  for (const part of parts) {
    const [name = '', value = ''] = part.split(':')
    if (!isBase(name)) others.push(part)
    else if ((baseMetrics[name] as readonly string[]).includes(value)) base[name] = value
    else return null
  }
  return { base, others }
}

export const missingMetrics = (vector: Vector): BaseMetric[] =>
  baseMetricNames.filter((name) => vector.base[name] === undefined)

/** The vector as text, base metrics in their order; what was pasted beside them stays. */
export const vectorText = (vector: Vector): string =>
  [
    'CVSS:3.1',
    ...baseMetricNames.flatMap((name) => (vector.base[name] === undefined ? [] : [`${name}:${vector.base[name]}`])),
    ...vector.others,
  ].join('/')

export const withMetric = (vector: Vector, name: BaseMetric, value: string): Vector => ({
  ...vector,
  base: { ...vector.base, [name]: value },
})
