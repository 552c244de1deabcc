import fc from 'fast-check'
import { expect, it } from 'vitest'
import { WebSocketCounter } from './websocket-counter.ts'

const frame = (length: number, masked: boolean): Buffer => {
  const mask = masked ? 128 : 0
  const head =
    length < 126
      ? [0x82, mask | length]
      : length < 65_536
        ? [0x82, mask | 126, length >> 8, length & 255]
        : [0x82, mask | 127, 0, 0, 0, 0, 0, length >> 16, (length >> 8) & 255, length & 255]
  return Buffer.concat([Buffer.from(head), Buffer.alloc((masked ? 4 : 0) + length, 0x81)])
}

it('frames of a WebSocket are counted the same however they are cut', () => {
  const size = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constantFrom(125, 126, 65_535, 65_536))
  fc.assert(
    fc.property(fc.array(fc.tuple(size, fc.boolean()), { maxLength: 6 }), fc.array(fc.nat(300)), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(([length, masked]) => frame(length, masked)))
      const counter = new WebSocketCounter()
      let counted = 0
      let at = 0
      for (const cut of cuts) {
        counted += counter.feed(bytes.subarray(at, at + cut))
        at += cut
      }
      expect(counted + counter.feed(bytes.subarray(at))).toBe(frames.length)
    }),
    { numRuns: 60 },
  )
})
