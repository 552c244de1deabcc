import { createSocket } from 'node:dgram'

/** What a name has: addresses of both families and texts. A function is asked each time, so that an answer may change between two looks. */
export type NameRecords = {
  readonly a?: readonly string[]
  readonly aaaa?: readonly string[]
  readonly txt?: string
  /** Another name, whose addresses `a` and `aaaa` then are. */
  readonly cname?: string
}
export type Names = { readonly [name: string]: NameRecords | (() => NameRecords) }

/** A name server of our own on loopback (UDP, time to live 0); "no such name" for names it does not know. `address` is `127.0.0.1:port`. */
export function startNameServer(names: Names): Promise<{ address: string; asked: string[]; close: () => void }> {
  const socket = createSocket('udp4')
  const asked: string[] = []
  socket.on('message', (query, from) => {
    const labels: string[] = []
    let at = 12
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString())
      at += length + 1
    }
    const name = labels.join('.').toLowerCase()
    const type = query.readUInt16BE(at + 1)
    asked.push(name)
    const entry = names[name]
    const records = typeof entry === 'function' ? entry() : entry
    const answers = records === undefined ? [] : dataOf(records, type)
    const head = Buffer.from(query.subarray(0, 12))
    head.writeUInt16BE(records === undefined ? 0x8183 : 0x8180, 2)
    const alias = records?.cname === undefined ? undefined : nameBytes(records.cname)
    head.writeUInt16BE(answers.length + (alias === undefined ? 0 : 1), 6)
    head.writeUInt32BE(0, 8)
    const thisName = Buffer.from([0xc0, 0x0c])
    const rowOf = (owner: Buffer, kind: number, data: Buffer): Buffer => {
      const row = Buffer.alloc(10)
      row.writeUInt16BE(kind, 0)
      row.writeUInt16BE(1, 2)
      row.writeUInt16BE(data.length, 8)
      return Buffer.concat([owner, row, data])
    }
    const rows = answers.map((data) => rowOf(alias ?? thisName, type, data))
    if (alias !== undefined) rows.unshift(rowOf(thisName, types.cname, alias))
    socket.send(Buffer.concat([head, query.subarray(12, at + 5), ...rows]), from.port, from.address)
  })
  return new Promise((resolve) =>
    socket.bind(0, '127.0.0.1', () =>
      resolve({ address: `127.0.0.1:${socket.address().port}`, asked, close: () => socket.close() }),
    ),
  )
}

const types = { a: 1, cname: 5, txt: 16, aaaa: 28 }

const nameBytes = (name: string): Buffer =>
  Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ])

function dataOf(records: NameRecords, type: number): Buffer[] {
  if (type === types.a) return (records.a ?? []).map((text) => Buffer.from(text.split('.').map(Number)))
  if (type === types.aaaa) return (records.aaaa ?? []).map(ipv6Bytes)
  if (type === types.txt && records.txt !== undefined) {
    const text = Buffer.from(records.txt)
    return [Buffer.concat([Buffer.from([text.length]), text])]
  }
  return []
}

/** The 16 bytes of an address written with hexadecimal groups only. */
function ipv6Bytes(text: string): Buffer {
  const [left = '', right] = text.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const head = groups(left)
  const tail = right === undefined ? [] : groups(right)
  const all = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return Buffer.from(all.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
