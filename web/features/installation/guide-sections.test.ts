import { readFileSync } from 'node:fs'
import { partNames } from '@zhongheng/domain/installation/part.ts'
import { describe, expect, it } from 'vitest'
import { sectionOf, withoutFileLinks } from './guide-sections.ts'

const guide = readFileSync(new URL('../../../docs/guides/operating.md', import.meta.url), 'utf8')

describe('the guide behind the page of the installation', () => {
  it.each(partNames)('has a section on %s, and no more than that', (part) => {
    const section = sectionOf(guide, part)
    expect(section?.split('\n').filter((line) => line.startsWith('#'))).toHaveLength(1)
    expect(section?.length).toBeGreaterThan(60)
  })
  it('has none under a name that is no heading, and takes no comment of a shell for one', () => {
    expect(sectionOf(guide, 'nothing-of-that-name')).toBeUndefined()
    expect(sectionOf('```\n# disks\n```\n### Disks\nroom\n## Next', 'disks')).toBe('### Disks\nroom')
  })
  it('names other files instead of linking to them: inside the platform there are none', () => {
    const text =
      '[keys](sealing-keys.md#shares), [why](../decisions/0036.md), [above](#backup), [age](https://age.example/)'
    expect(withoutFileLinks(text)).toBe(
      'keys (`docs/guides/sealing-keys.md`), why (`docs/decisions/0036.md`), above, [age](https://age.example/)',
    )
    expect(withoutFileLinks(guide)).not.toMatch(/\]\((?!https?:)/)
  })
})
