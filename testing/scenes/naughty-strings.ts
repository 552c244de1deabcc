import { readFileSync } from 'node:fs'

const file = new URL('../../../shared/data/strings/blns.json', import.meta.url)

/** The big list of naughty strings (minimaxir, MIT); empty where the shared data is absent. */
export const naughtyStrings: readonly string[] = read()

function read(): string[] {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as string[]
  } catch {
    return []
  }
}
