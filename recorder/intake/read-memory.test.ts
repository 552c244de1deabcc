import { describe, expect, it } from 'vitest'
import { ReadMemory } from './read-memory.ts'

describe('memory of reads', () => {
  it('is given back after every 4 MiB, by a collection of the young only', () => {
    const asked: object[] = []
    const memory = new ReadMemory((how) => asked.push(how))
    for (let read = 0; read < 63; read++) memory.took(65_536)
    expect(asked).toEqual([])
    memory.took(65_536)
    expect(asked).toEqual([{ type: 'minor', execution: 'sync' }])
    for (let read = 0; read < 64; read++) memory.took(65_536)
    expect(asked).toHaveLength(2)
  })

  it('really is, by this engine', () => {
    const memory = new ReadMemory()
    const before = process.memoryUsage().arrayBuffers
    const mib = 1024 * 1024
    for (let read = 0; read < 512; read++) {
      Buffer.allocUnsafe(65_536).fill(1)
      memory.took(65_536)
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(12 * mib)
    expect(globalThis).not.toHaveProperty('gc')
  })

  it('is left to the engine where it does not offer that', () => {
    const memory = new ReadMemory(null)
    expect(() => memory.took(1e9)).not.toThrow()
  })
})
