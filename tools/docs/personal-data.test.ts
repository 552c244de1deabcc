import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { personalDataPage } from './personal-data-page.ts'

it('docs/personal-data.md says what the inventory says; else run node tools/docs/personal-data.ts', () => {
  const { path, text } = personalDataPage()
  expect(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')).toBe(text)
})
