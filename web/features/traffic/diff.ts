export type DiffLine = { readonly kind: 'same' | 'gone' | 'new'; readonly text: string }

/** More lines than this between the first and the last difference are not compared one by one. */
export const comparedLines = 1200

/** Lines of two texts against each other: what both begin and end with, and between it the longest common sequence. */
export function diffLines(one: string, other: string): readonly DiffLine[] {
  const [left, right] = [one, other].map((text) => (text === '' ? [] : text.split(/\r?\n/)))
  if (left === undefined || right === undefined) return []
  let start = 0
  while (start < left.length && start < right.length && left[start] === right[start]) start++
  let end = 0
  while (
    end < left.length - start &&
    end < right.length - start &&
    left[left.length - 1 - end] === right[right.length - 1 - end]
  )
    end++
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ kind: 'same', text }))
  return [
    ...same(left.slice(0, start)),
    ...between(left.slice(start, left.length - end), right.slice(start, right.length - end)),
    ...same(left.slice(left.length - end)),
  ]
}

function between(left: readonly string[], right: readonly string[]): DiffLine[] {
  const gone = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ kind: 'gone', text }))
  const added = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ kind: 'new', text }))
  if (left.length === 0 || right.length === 0 || left.length > comparedLines || right.length > comparedLines)
    return [...gone(left), ...added(right)]
  // Length of the longest common sequence of the rests from each pair of places on.
  const width = right.length + 1
  const longest = new Uint16Array((left.length + 1) * width)
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      longest[i * width + j] =
        left[i] === right[j]
          ? (longest[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(longest[(i + 1) * width + j] ?? 0, longest[i * width + j + 1] ?? 0)
  const lines: DiffLine[] = []
  let i = 0
  let j = 0
  while (i < left.length && j < right.length) {
    if (left[i] === right[j]) {
      lines.push({ kind: 'same', text: left[i] ?? '' })
      i++
      j++
    } else if ((longest[(i + 1) * width + j] ?? 0) >= (longest[i * width + j + 1] ?? 0))
      lines.push({ kind: 'gone', text: left[i++] ?? '' })
    else lines.push({ kind: 'new', text: right[j++] ?? '' })
  }
  return [...lines, ...gone(left.slice(i)), ...added(right.slice(j))]
}
