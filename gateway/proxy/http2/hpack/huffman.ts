/**
 * The Huffman code of RFC 7541 appendix B. It is canonical, so the length of each symbol's code says everything: symbols by
 * length, as ranges of byte values; 256 is the end mark.
 */
const lengths: readonly (readonly [number, string])[] = [
  [5, '48-50 97 99 101 105 111 115-116'],
  [6, '32 37 45-47 51-57 61 65 95 98 100 102-104 108-110 112 114 117'],
  [7, '58 66-87 89 106-107 113 118-122'],
  [8, '38 42 44 59 88 90'],
  [10, '33-34 40-41 63'],
  [11, '39 43 124'],
  [12, '35 62'],
  [13, '0 36 64 91 93 126'],
  [14, '94 125'],
  [15, '60 96 123'],
  [19, '92 195 208'],
  [20, '128 130-131 162 184 194 224 226'],
  [21, '153 161 167 172 176-177 179 209 216-217 227 229-230'],
  [22, '129 132-134 136 146 154 156 160 163-164 169-170 173 178 181 185-187 189-190 196 198 228 232-233'],
  [23, '1 135 137-141 143 147 149-152 155 157-158 165-166 168 174-175 180 182-183 188 191 197 231 239'],
  [24, '9 142 144-145 148 159 171 206 215 225 236-237'],
  [25, '199 207 234-235'],
  [26, '192-193 200-202 205 210 213 218-219 238 240 242-243 255'],
  [27, '203-204 211-212 214 221-223 241 244-248 250-254'],
  [28, '2-8 11-12 14-21 23-31 127 220 249'],
  [30, '10 13 22 256'],
]

const endMark = 256
/** Entry of the machine: next state in bits 0–8, symbol in 9–16, whether one is put out in 17, impossible in 18. */
const emits = 1 << 17
const impossible = 1 << 18

/** A machine that eats four bits at a time; `accepting` marks states in which a string may end (padding of ones, < 8 bits). */
const { machine, accepting } = build()

function build(): { machine: Int32Array; accepting: Uint8Array } {
  // A tree in which node n has the children 2n and 2n + 1; leaves hold −1 − symbol.
  const children: number[] = [0, 0]
  let code = 0
  let before = 0
  for (const [length, ranges] of lengths) {
    for (const range of ranges.split(' ')) {
      const [first = 0, last = first] = range.split('-').map(Number)
      for (let symbol = first; symbol <= last; symbol++) {
        code <<= length - before
        before = length
        let node = 0
        for (let bit = length - 1; bit > 0; bit--) {
          const at = node * 2 + ((code >>> bit) & 1)
          if (children[at] === 0) {
            children[at] = children.length / 2
            children.push(0, 0)
          }
          node = children[at] ?? 0
        }
        children[node * 2 + (code & 1)] = -1 - symbol
        code++
      }
    }
  }
  const states = children.length / 2
  const table = new Int32Array(states * 16)
  for (let state = 0; state < states; state++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      let node = state
      let entry = 0
      for (let bit = 3; bit >= 0 && entry !== impossible; bit--) {
        const next = children[node * 2 + ((nibble >>> bit) & 1)] ?? 0
        if (next >= 0) node = next
        else if (-1 - next === endMark) entry = impossible
        else {
          entry = emits | ((-1 - next) << 9)
          node = 0
        }
      }
      table[state * 16 + nibble] = entry === impossible ? impossible : entry | node
    }
  }
  const ends = new Uint8Array(states)
  let node = 0
  for (let ones = 0; ones < 8; ones++) {
    ends[node] = 1
    node = children[node * 2 + 1] ?? 0
  }
  return { machine: table, accepting: ends }
}

/** Decodes into a string of one character per byte; undefined for a code that cannot be. At most `bytes.length * 8 / 5` characters. */
export function huffmanDecode(bytes: Uint8Array, from: number, to: number): string | undefined {
  const room = Math.ceil(((to - from) * 8) / 5)
  const out = room <= scratch.length ? scratch : Buffer.allocUnsafe(room)
  let length = 0
  let state = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] ?? 0
    for (let shift = 4; shift >= 0; shift -= 4) {
      const entry = machine[state * 16 + ((byte >>> shift) & 15)] ?? impossible
      if ((entry & impossible) !== 0) return undefined
      if ((entry & emits) !== 0) out[length++] = (entry >>> 9) & 255
      state = entry & 511
    }
  }
  return accepting[state] === 1 ? out.toString('latin1', 0, length) : undefined
}
const scratch = Buffer.alloc(16 * 1024)
