import type { RunningHash } from './crypto.ts'

/**
 * SHA-256 (FIPS 180-4) in plain code, for browsers: WebCrypto hashes only whole messages, only asynchronously and, on a
 * plain http page, not at all. On a server `node-crypto.ts` is several times faster.
 */
const constants = Uint32Array.from([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
])
const start = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19] as const
const blockBytes = 64
const schedule = new Int32Array(64)

/** A hash that takes its message in pieces. */
export function startSha256(): RunningHash {
  const state = Int32Array.from(start)
  const rest = new Uint8Array(blockBytes)
  let held = 0
  let length = 0
  const update = (bytes: Uint8Array): void => {
    length += bytes.length
    let at = 0
    if (held > 0) {
      at = Math.min(blockBytes - held, bytes.length)
      rest.set(bytes.subarray(0, at), held)
      held += at
      if (held < blockBytes) return
      compress(state, rest, 0)
      held = 0
    }
    for (; at + blockBytes <= bytes.length; at += blockBytes) compress(state, bytes, at)
    rest.set(bytes.subarray(at))
    held = bytes.length - at
  }
  return {
    update,
    digest: () => {
      const bits = length * 8
      const padding = new Uint8Array((held < 56 ? 64 : 128) - held)
      const view = new DataView(padding.buffer)
      padding[0] = 0x80
      view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32))
      view.setUint32(padding.length - 4, bits >>> 0)
      update(padding)
      const digest = new Uint8Array(32)
      const out = new DataView(digest.buffer)
      for (const [at, word] of state.entries()) out.setInt32(at * 4, word)
      return digest
    },
  }
}

/** Digest of a whole message. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const running = startSha256()
  running.update(bytes)
  return running.digest()
}

/** One block of 64 bytes from `at`. */
function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  const word = (index: number): number => schedule[index] ?? 0
  for (let index = 0; index < 16; index++) {
    const from = at + index * 4
    schedule[index] =
      ((bytes[from] ?? 0) << 24) |
      ((bytes[from + 1] ?? 0) << 16) |
      ((bytes[from + 2] ?? 0) << 8) |
      (bytes[from + 3] ?? 0)
  }
  for (let index = 16; index < 64; index++) {
    const a = word(index - 15)
    const b = word(index - 2)
    const low = turned(a, 7) ^ turned(a, 18) ^ (a >>> 3)
    const high = turned(b, 17) ^ turned(b, 19) ^ (b >>> 10)
    schedule[index] = (word(index - 16) + low + word(index - 7) + high) | 0
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let index = 0; index < 64; index++) {
    const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
    const choice = (e & f) ^ (~e & g)
    const one = (h + high + choice + (constants[index] ?? 0) + word(index)) | 0
    const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    const two = (low + majority) | 0
    h = g
    g = f
    f = e
    e = (d + one) | 0
    d = c
    c = b
    b = a
    a = (one + two) | 0
  }
  for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) state[index] = ((state[index] ?? 0) + value) | 0
}

const turned = (value: number, by: number): number => (value >>> by) | (value << (32 - by))
