import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { Problem } from '../shared/problem.ts'
import { scoreVector, severityOf } from './severity.ts'

const data = new URL('../../../shared/data/cvss/', import.meta.url)
const here = existsSync(data)
type Scored = {
  version: string
  vector: string
  base?: number
  temporal?: number | null
  environmental?: number | null
  score?: number
}
const vectors = here
  ? readFileSync(new URL('vectors.jsonl', data), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Scored)
      .filter((one) => one.version !== '2.0')
  : []
const malformed = here
  ? (JSON.parse(readFileSync(new URL('malformed.json', data), 'utf8')) as { version: string; vector: string }[])
  : []

function refused(vector: string): Problem {
  try {
    scoreVector(vector)
  } catch (error) {
    if (error instanceof Problem) return error
    throw error
  }
  throw new Error(`${vector} was not refused`)
}

/** The published score that stands for the whole: a vector without environmental metrics has no environmental score of its own. */
function overall(one: Scored): number | null | undefined {
  if (one.version === '4.0') return one.score
  if (/\/(M[A-Z]{1,2}|[CIA]R):[^X]/.test(one.vector)) return one.environmental
  return /\/(E|RL|RC):[^X]/.test(one.vector) ? one.temporal : one.base
}

describe.skipIf(!here)('published vectors (skipped where ../shared/data/cvss is absent)', () => {
  it('are all scored as published', () => {
    expect(vectors.length).toBeGreaterThan(2500)
    const wrong = vectors.filter((one) => {
      const expected = overall(one)
      const found = scoreVector(one.vector)
      return found.score !== expected || found.version !== one.version || Object.is(found.score, -0)
    })
    expect(wrong).toEqual([])
  })
  it.each(malformed.map((one) => [one.vector]))('%j is refused, naming field, limit and fix', (vector) => {
    const problem = refused(vector)
    expect(problem.code).toBe('malformed')
    expect(problem.fields).toMatchObject([{ field: 'vector' }])
    expect(problem.fields[0]?.limit.zh).not.toBe('')
    expect(problem.fields[0]?.fix.en).not.toBe('')
  })
})

describe('a vector', () => {
  const good = 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H'
  it('is scored with its band', () => {
    expect(scoreVector(good)).toEqual({ version: '3.1', score: 9.8, severity: 'critical' })
    expect(scoreVector('CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N')).toEqual({
      version: '4.0',
      score: 9.3,
      severity: 'critical',
    })
  })
  it('may give its metrics in another order', () => {
    expect(scoreVector('CVSS:3.1/A:H/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H').score).toBe(9.8)
  })
  it.each([
    ['a trailing slash', `${good}/`, /no metric “”/],
    ['a doubled metric', `${good}/AV:N`, /AV stands twice/],
    ['an unknown value', good.replace('AC:L', 'AC:M'), /AC is one of L, H/],
    ['a metric of version 4', `${good}/AT:N`, /3\.1 has no metric “AT:N”/],
    ['a missing metric', good.replace('/S:U', ''), /metrics missing: S/],
    ['no version', good.slice('CVSS:3.1/'.length), /begins with/],
    ['a version of the prototype', good.replace('3.1', 'constructor'), /begins with/],
    ['a score before it', `9.8/${good}`, /begins with/],
    ['lower case', good.toLowerCase(), /begins with/],
    ['a colon too many', good.replace('AV:N', 'AV:N:N'), /no metric “AV:N:N”/],
    ['blanks', ` ${good}`, /begins with/],
    ['endless text', `${good}/${'X'.repeat(300)}`, /at most 300/],
  ])('with %s is refused', (_what, vector, message) => {
    expect(refused(vector).fields[0]?.limit.en).toMatch(message)
  })
})

describe('the bands', () => {
  it.each([
    [10, 'critical'],
    [9, 'critical'],
    [8.9, 'high'],
    [7, 'high'],
    [6.9, 'medium'],
    [4, 'medium'],
    [3.9, 'low'],
    [0.1, 'low'],
    [0, 'info'],
  ] as const)('%d is %s', (score, severity) => {
    expect(severityOf(score)).toBe(severity)
  })
})
