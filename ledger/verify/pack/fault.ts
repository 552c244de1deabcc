import type { Bilingual } from '../bilingual.ts'

/** The first thing that is wrong with a pack. */
export type PackFault = {
  /** A file in the pack, or `zip` for the container itself. */
  readonly file: string
  /** Byte in the zip file, where one byte or its neighbourhood can be named. */
  readonly offset?: number
  /** Index in the ledger of the entry concerned. */
  readonly entry?: number
  readonly what: Bilingual
}

type Where = { readonly offset?: number; readonly entry?: number }

/**
 * Thrown inside verification at the first fault; `verifyPack` turns it into a verdict, `writePack` lets it out.
 * `malformed`: this is no pack that could be judged, as against one that was judged and is wrong.
 */
export class PackError extends Error {
  override readonly name = 'PackError'
  readonly fault: PackFault
  readonly malformed: boolean
  constructor(file: string, zh: string, en: string, where: Where & { readonly malformed?: boolean } = {}) {
    super(`${file}: ${en}`)
    const { malformed = false, ...place } = where
    this.malformed = malformed
    this.fault = { file, ...place, what: { zh, en } }
  }
}

/** The refusal of what cannot be judged: broken form, a limit passed, a part missing. */
export const malformedPack = (file: string, zh: string, en: string, where: Where = {}): PackError =>
  new PackError(file, zh, en, { ...where, malformed: true })

/** The same fault as that of a pack that can be judged and is wrong. */
export const asWrong = ({ fault: { file, what, ...where } }: PackError): PackError =>
  new PackError(file, what.zh, what.en, where)
