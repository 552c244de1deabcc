/** Sections that a page links to have headings of this level. */
const level = 3

/** The anchor of a heading, as code hosts make it: lower case, blanks as hyphens, nothing else. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s-]/gu, '')
    .trim()
    .replace(/\s+/g, '-')

/**
 * A section under a third-level heading of a Markdown text, from its heading to the next heading of that level or above; undefined when there is none.
 * @param anchor e.g. `disks` for `### Disks`
 */
export function sectionOf(text: string, anchor: string): string | undefined {
  const lines = text.split('\n')
  let fenced = false
  let found = false
  const taken: string[] = []
  for (const line of lines) {
    if (line.startsWith('```')) fenced = !fenced
    const heading = fenced ? null : /^(#{1,6}) (.+)$/.exec(line)
    if (heading !== null && found && (heading[1] ?? '').length <= level) break
    if (heading?.[1]?.length === level && anchorOf(heading[2] ?? '') === anchor) found = true
    if (found) taken.push(line)
  }
  return found ? taken.join('\n') : undefined
}

/** Links between files of the guide lead nowhere inside the platform: they become the file's name, or the bare words for one in the same file. */
export const withoutFileLinks = (text: string): string =>
  text.replace(/\[([^\]]+)\]\((?!https?:)([^)\s]*)\)/g, (_all, words: string, target: string) => {
    const file = /^([^#]+)/.exec(target)?.[1]
    if (file === undefined) return words
    return `${words} (\`${file.startsWith('../') ? `docs/${file.slice(3)}` : `docs/guides/${file}`}\`)`
  })
