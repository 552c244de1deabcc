import { KeyError } from '../signing/checkpoint-signer.ts'
import { combine, type Share } from './shamir.ts'
import { readShare } from './share-text.ts'

export type Gathered = { readonly given: number; readonly needed: number }

/** Takes shares one after the other, in memory only, until they open. Their text is repeated nowhere. */
export function gatherShares(
  set: { readonly set: string; readonly needed: number },
  isRight: (key: Buffer) => boolean,
): { take(text: string): Gathered; state(): Gathered; key(): Buffer | undefined } {
  let shares: readonly Share[] = []
  let found: Buffer | undefined
  const state = (): Gathered => ({ given: found ? set.needed : shares.length, needed: set.needed })
  return {
    state,
    key: () => found,
    /** @throws KeyError malformed for another set's; locked when enough are there and do not open */
    take(text) {
      const read = readShare(text)
      if (read.set !== set.set)
        throw new KeyError(
          'malformed',
          '这是另一组的份额：请使用最近一次分发的份额',
          'this share is of another set: use those that were handed out last',
        )
      if (found || shares.some((one) => one.x === read.share.x)) return state()
      shares = [...shares, read.share]
      if (shares.length < set.needed) return state()
      const key = combine(shares)
      for (const one of shares) one.y.fill(0)
      shares = []
      if (!isRight(key))
        throw new KeyError(
          'locked',
          '这些份额不能解封，其中有误：请重新开始',
          'these shares do not open it, one of them is wrong: begin again',
        )
      found = key
      return state()
    },
  }
}
