import type { Bilingual } from '../verify/bilingual.ts'

/** The first thing that is wrong: in which file, at which entry of the log where that is known, and what. */
export type FsckFault = {
  readonly file: string
  readonly entry?: number
  /** Where only a stretch is known: the first bad entry lies at `entry` or after, and before this one. */
  readonly before?: number
  readonly what: Bilingual
}

/** Thrown where the first fault is found: what was judged is wrong. */
export class Found extends Error {
  readonly fault: FsckFault
  constructor(file: string, zh: string, en: string, entry?: number, before?: number) {
    super(en)
    this.fault = {
      file,
      what: { zh, en },
      ...(entry === undefined ? {} : { entry }),
      ...(before === undefined ? {} : { before }),
    }
  }
}

/** Thrown where something has no form that could be judged. */
export class Malformed extends Found {}
