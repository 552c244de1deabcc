/**
 * Takes the chunked coding (RFC 9112 7.1) off a body. What is not chunked after all is passed on as it is: this reads
 * records, it does not judge them.
 * @param onTrailer gets each trailer line
 */
export async function* dechunked(
  bytes: AsyncIterable<Uint8Array>,
  onTrailer: (line: string) => void,
): AsyncGenerator<Uint8Array> {
  let state: 'size' | 'data' | 'end of data' | 'trailers' | 'as it is' = 'size'
  let left = 0
  let line: Buffer = Buffer.alloc(0)
  for await (const chunk of bytes) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    while (rest.length > 0) {
      if (state === 'as it is') {
        yield rest
        break
      }
      if (state === 'data') {
        const part = rest.subarray(0, left)
        yield part
        left -= part.length
        rest = rest.subarray(part.length)
        if (left === 0) state = 'end of data'
        continue
      }
      const end = rest.indexOf('\n')
      line = Buffer.concat([line, end < 0 ? rest : rest.subarray(0, end + 1)])
      rest = end < 0 ? Buffer.alloc(0) : rest.subarray(end + 1)
      if (end < 0 && line.length <= longestLine) continue
      const text = line.toString('latin1').replace(/\r?\n$/, '')
      const size = state === 'size' ? /^([0-9a-f]{1,12})\s*(;|$)/i.exec(text)?.[1] : undefined
      if ((state === 'size' && size === undefined) || line.length > longestLine) {
        state = 'as it is'
        yield line
      } else if (state === 'size') {
        left = Number.parseInt(size ?? '0', 16)
        state = left === 0 ? 'trailers' : 'data'
      } else if (state === 'end of data') state = 'size'
      else if (text !== '') onTrailer(text)
      line = Buffer.alloc(0)
    }
  }
}

const longestLine = 64 * 1024
