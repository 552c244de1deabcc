import { createHash } from 'node:crypto'
import { KeyError } from '../signing/checkpoint-signer.ts'
import type { Share } from './shamir.ts'

/** What a share belongs to: a set that was made at one time. */
export type ShareSet = { readonly set: string; readonly needed: number }

const form = /^zhs1-([0-9a-f]{8})-(\d{1,3})-(\d{1,3})-([0-9a-f]{64})-([0-9a-f]{8})$/

/** A share as its holder keeps it: `zhs1-SET-NEEDED-NUMBER-VALUE-CHECK`. The check finds slips of the pen and proves nothing. */
export function shareText({ set, needed }: ShareSet, share: Share): string {
  const body = `zhs1-${set}-${needed}-${share.x}-${share.y.toString('hex')}`
  return `${body}-${checkOf(body)}`
}

/** @throws KeyError malformed; its words never hold what was given */
export function readShare(text: string): ShareSet & { readonly share: Share } {
  // Copied from paper or a chat: blanks and capitals do not count.
  const plain = text.slice(0, 400).replace(/\s/g, '').toLowerCase()
  const found = form.exec(plain)
  const [, set = '', needed = '', x = '', y = '', check = ''] = found ?? []
  if (!found || Number(x) < 1 || Number(x) > 255 || checkOf(plain.slice(0, -9)) !== check)
    throw new KeyError(
      'malformed',
      '这不是份额，或抄写有误：份额以 zhs1- 开头',
      'this is no share, or it was copied wrongly: a share begins with zhs1-',
    )
  return { set, needed: Number(needed), share: { x: Number(x), y: Buffer.from(y, 'hex') } }
}

const checkOf = (body: string): string => createHash('sha256').update(body).digest('hex').slice(0, 8)
