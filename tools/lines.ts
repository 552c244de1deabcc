import type { Readable } from 'node:stream'

/** Calls `each` for every full line that the stream brings, and at its end for what is left. */
export function eachLine(stream: Readable, each: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) each(line)
  })
  stream.on('end', () => {
    if (rest !== '') each(rest)
  })
}

/** Keeps the last `count` lines. */
export function lastLines(count: number): { add(line: string): void; text(): string } {
  const lines: string[] = []
  return {
    add(line) {
      lines.push(line)
      if (lines.length > count) lines.shift()
    },
    text: () => lines.join('\n'),
  }
}
