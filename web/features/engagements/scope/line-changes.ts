/** Lines that one text has and the other has not; blanks and remarks alone do not count. */
export function lineChanges(before: string, after: string): { added: string[]; gone: string[] } {
  const linesOf = (text: string): string[] =>
    text
      .split(/\r\n|\r|\n/)
      .map((line) => line.trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
  const [old, fresh] = [linesOf(before), linesOf(after)]
  const [oldSet, freshSet] = [new Set(old), new Set(fresh)]
  return { added: fresh.filter((line) => !oldSet.has(line)), gone: old.filter((line) => !freshSet.has(line)) }
}
