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

/** Thrown inside verification at the first fault; `verifyPack` turns it into a verdict, `writePack` lets it out. */
export class PackError extends Error {
  override readonly name = 'PackError'
  readonly fault: PackFault
  constructor(file: string, zh: string, en: string, where: { offset?: number; entry?: number } = {}) {
    super(`${file}: ${en}`)
    this.fault = { file, ...where, what: { zh, en } }
  }
}
