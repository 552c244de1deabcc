import type { zhCN } from './zh-CN.ts'

export type TextsLike<T> = { readonly [K in keyof T]: T[K] extends string ? string : TextsLike<T[K]> }
/** The shape of every catalogue: the Chinese one leads, a key missing or too many elsewhere does not compile. */
export type Words = TextsLike<typeof zhCN>
