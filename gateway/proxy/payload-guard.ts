import type { HeldLease } from '@zhongheng/domain/authorizations/judge.ts'
import { type PayloadClass, payloadClasses, signalFacts } from '@zhongheng/domain/conduct/signals.ts'
import { Watch } from '@zhongheng/domain/conduct/watch.ts'
import { say } from '@zhongheng/domain/shared/problem.ts'
import { Refused, refusalBy, type Whose } from './refusals.ts'

/** The code of a refusal by content begins like this; the class follows. */
const codeOf = (kind: string): string => `payload_${kind}`

/**
 * Looks into a request on its way out, where the test rules forbid some content. A piece is looked at before it leaves; what
 * it takes to be sure may reach into the next one, but the last piece of a request with such content never leaves.
 */
export class PayloadGuard {
  readonly #kinds: readonly PayloadClass[]
  readonly #whose: Whose
  readonly #body: Watch
  readonly #chunks: ChunkContent | null

  private constructor(kinds: readonly PayloadClass[], whose: Whose, chunked: boolean) {
    this.#kinds = kinds
    this.#whose = whose
    this.#body = Watch.ofRequest(kinds)
    this.#chunks = chunked ? new ChunkContent() : null
  }

  /** Null where no content is forbidden. */
  static of({ engagement }: HeldLease, whose: Whose, chunked: boolean): PayloadGuard | null {
    const kinds = engagement.rules?.forbiddenPayloads ?? []
    return kinds.length === 0 ? null : new PayloadGuard(kinds, whose, chunked)
  }

  /**
   * @param text request line and fields, one character per byte
   * @param encodings what each Content-Encoding says; a packed body cannot be looked into on its way
   * @throws Refused PAYLOAD-1, PAYLOAD-2
   */
  head(text: string, encodings: readonly string[]): void {
    const packed = encodings.find((one) => !['', 'identity'].includes(one.trim().toLowerCase()))
    if (packed !== undefined) throw new Refused(refusalBy('PAYLOAD-2', this.#whose, packed))
    const watch = Watch.ofRequest(this.#kinds)
    watch.feed(text, true)
    this.#judge(watch)
  }

  /** @throws Refused PAYLOAD-1 */
  piece(bytes: Buffer, last: boolean): void {
    const content = this.#chunks === null ? bytes.toString('latin1') : this.#chunks.of(bytes)
    this.#body.feed(content, last)
    this.#judge(this.#body)
  }

  #judge(watch: Watch): void {
    const kind = watch.seen[0]?.kind
    if (kind === undefined) return
    const { title } = signalFacts[kind]
    const refusal = refusalBy('PAYLOAD-1', this.#whose)
    throw new Refused({
      ...refusal,
      code: codeOf(kind),
      text: say(`${refusal.text.zh}：${title.zh}`, `${refusal.text.en}: ${title.en}`),
    })
  }
}

/** Which content a refusal was for; undefined when it was for another reason. */
export const payloadOf = (code: string): PayloadClass | undefined =>
  payloadClasses.find((kind) => codeOf(kind) === code)

/** The content of a chunked body out of pieces that hold whole lines and were judged good. */
class ChunkContent {
  #left = 0
  #state: 'size' | 'data' | 'end' | 'trailer' = 'size'

  of(bytes: Buffer): string {
    let out = ''
    let at = 0
    while (at < bytes.length) {
      if (this.#state === 'trailer') break
      if (this.#state === 'data') {
        const end = Math.min(bytes.length, at + this.#left)
        out += bytes.toString('latin1', at, end)
        this.#left -= end - at
        at = end
        if (this.#left === 0) this.#state = 'end'
        continue
      }
      const line = bytes.indexOf(10, at)
      if (line < 0) break
      if (this.#state === 'size') {
        this.#left = Number.parseInt(bytes.toString('latin1', at, line), 16) || 0
        this.#state = this.#left === 0 ? 'trailer' : 'data'
      } else this.#state = 'size'
      at = line + 1
    }
    return out
  }
}
