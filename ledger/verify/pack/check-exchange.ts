import type { ExchangeProof } from '@zhongheng/contracts/records/capture.ts'
import { fromHex, joinBytes, sameBytes, toHex, utf8 } from '../bytes.ts'
import type { RunningHash, VerifyCrypto } from '../crypto.ts'
import type { Bindings, SideForm } from './bindings.ts'
import { malformedPack, PackError } from './fault.ts'
import { exchangeFile, type ExchangeSide, packLimits, type PartLine, withheldMark } from './format.ts'
import { PartCutter, partsRoot } from './parts.ts'
import { readExchangeProof, readParts } from './shapes.ts'

/** Takes a file's pieces, then judges it. */
export type FileCheck = { readonly take: (piece: Uint8Array) => void; readonly done: () => void }

/** Checks the files of a pack's exchanges, which come in the order of their names: the proof of each first. */
export class ExchangeChecks {
  readonly #crypto: VerifyCrypto
  readonly #names: ReadonlySet<string>
  readonly #bindings: Bindings
  #current: { id: string; proof: ExchangeProof } | undefined
  #parts: { file: string; lines: readonly PartLine[] } | undefined
  #exchanges = 0
  #redacted = 0

  constructor(crypto: VerifyCrypto, names: ReadonlySet<string>, bindings: Bindings) {
    this.#crypto = crypto
    this.#names = names
    this.#bindings = bindings
  }

  /** `redacted`: sides of which parts are withheld. */
  get counts(): { exchanges: number; redacted: number } {
    return { exchanges: this.#exchanges, redacted: this.#redacted }
  }

  /** @param part the last element of the file's name */
  file(id: string, part: string, name: string): FileCheck {
    if (part === 'proof.json') return whole(name, (bytes) => this.#proof(id, name, bytes))
    const proof = this.#current?.id === id ? this.#current.proof : undefined
    if (proof === undefined) throw malformedPack(name, '缺少对应的 proof.json', 'it has no proof.json')
    const side: ExchangeSide = part.startsWith('request.') ? 'request' : 'response'
    if (part.endsWith('.parts.json')) return whole(name, (bytes) => this.#partsFile(name, side, proof, bytes))
    if (part.endsWith('.shown.bin')) return this.#shownFile(name, exchangeFile(id, `${side}.parts.json`))
    return this.#wholeSide(name, side, proof)
  }

  #proof(id: string, name: string, bytes: Uint8Array): void {
    const proof = readExchangeProof(bytes)
    if (proof === undefined) throw malformedPack(name, '格式不正确', 'malformed')
    this.#bindings.exchange(id, proof, { request: this.#form(id, 'request'), response: this.#form(id, 'response') })
    this.#exchanges++
    this.#current = { id, proof }
  }

  #form(id: string, side: ExchangeSide): SideForm {
    const has = (part: 'bin' | 'parts.json' | 'shown.bin'): boolean =>
      this.#names.has(exchangeFile(id, `${side}.${part}`))
    const parts = has('parts.json')
    if (parts !== has('shown.bin') || (parts && has('bin')))
      throw malformedPack(
        exchangeFile(id, `${side}.parts.json`),
        '分段文件须成对出现，且不与全文并存',
        'the two files of parts come together and not beside the whole',
      )
    return parts ? 'parts' : has('bin') ? 'whole' : 'withheld'
  }

  /**
   * All of a request or response: the digest in its leaf is SHA-256 of salt and bytes. Where the ledger committed to its
   * parts, they are cut again, so that a commitment to other parts than were recorded comes to light.
   */
  #wholeSide(name: string, side: ExchangeSide, proof: ExchangeProof): FileCheck {
    const { leaf } = proof
    const [saltHex, digest] =
      side === 'request' ? [proof.requestSalt, leaf.requestDigest] : [proof.responseSalt, leaf.responseDigest]
    const salt = fromHex(saltHex) ?? new Uint8Array(0)
    const hash: RunningHash = this.#crypto.startSha256()
    hash.update(salt)
    const cutter =
      this.#bindings.committed(leaf.exchangeId, side) === undefined ? undefined : new PartCutter(this.#crypto, salt)
    return {
      take: (piece) => {
        hash.update(piece)
        cutter?.take(piece)
      },
      done: () => {
        if (toHex(hash.digest()) !== digest) {
          throw new PackError(
            name,
            '与封存时记录的摘要不符',
            'it is not what was recorded: its digest differs from the sealed one',
          )
        }
        const parts = cutter?.end()
        if (parts !== undefined)
          this.#bindings.parts(name, side, proof, { count: parts.length, root: partsRoot(this.#crypto.sha256, parts) })
      },
    }
  }

  #partsFile(name: string, side: ExchangeSide, proof: ExchangeProof, bytes: Uint8Array): void {
    const lines = readParts(bytes)?.parts
    const odd = (lines ?? []).some((line) => (line.salt === '') !== (line.bytes === null))
    if (lines === undefined || lines.length === 0 || odd) throw malformedPack(name, '格式不正确', 'malformed')
    const root = partsRoot(this.#crypto.sha256, lines)
    this.#bindings.parts(name, side, proof, { count: lines.length, root })
    this.#parts = { file: name, lines }
    this.#redacted++
  }

  /** The parts that are shown, with a mark for each that is not. */
  #shownFile(name: string, partsName: string): FileCheck {
    const lines = this.#parts?.file === partsName ? this.#parts.lines : []
    const mark = utf8(withheldMark)
    let at = -1
    let left = 0
    let hash: RunningHash | undefined
    let seen: Uint8Array = new Uint8Array(0)
    const wrong = (): PackError =>
      new PackError(name, `第 ${at + 1} 段与其承诺不符`, `part ${at + 1} is not what was committed to`)
    /** Ends the part at hand, and those after it that are empty. */
    const next = (): void => {
      for (;;) {
        if (hash !== undefined && toHex(hash.digest()) !== lines[at]?.commitment) throw wrong()
        const line = lines[++at]
        hash = undefined
        seen = new Uint8Array(0)
        if (line === undefined) return
        left = line.bytes ?? mark.length
        if (line.bytes !== null) {
          hash = this.#crypto.startSha256()
          hash.update(fromHex(line.salt) ?? seen)
        }
        if (left > 0) return
      }
    }
    next()
    return {
      take: (piece) => {
        for (let begin = 0; begin < piece.length; ) {
          if (at >= lines.length) throw new PackError(name, '有多余的字节', 'it has bytes too many')
          const end = Math.min(piece.length, begin + left)
          const bytes = piece.subarray(begin, end)
          left -= bytes.length
          if (hash !== undefined) hash.update(bytes)
          else {
            seen = joinBytes(seen, bytes)
            if (!sameBytes(seen, mark.subarray(0, seen.length))) throw wrong()
          }
          if (left === 0) next()
          begin = end
        }
      },
      done: () => {
        if (at < lines.length) throw new PackError(name, '字节不足', 'it has bytes too few')
      },
    }
  }
}

/** A file that is read whole. */
function whole(name: string, judge: (bytes: Uint8Array) => void): FileCheck {
  const pieces: Uint8Array[] = []
  let bytes = 0
  return {
    take: (piece) => {
      bytes += piece.length
      if (bytes > packLimits.smallBytes) throw malformedPack(name, '过大', 'too large')
      pieces.push(piece)
    },
    done: () => judge(joinBytes(...pieces)),
  }
}
