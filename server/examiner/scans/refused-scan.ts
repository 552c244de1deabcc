import type { ScanRefusal } from '@zhongheng/domain/imports/scan.ts'

/** The file is refused as a whole; the parser stops where it is. */
export class RefusedScan extends Error {
  override readonly name = 'RefusedScan'
  readonly why: ScanRefusal
  constructor(why: ScanRefusal) {
    super(why)
    this.why = why
  }
}
