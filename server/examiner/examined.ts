import type { FileKind } from '@zhongheng/domain/attachments/kinds.ts'

/** What the examiner says of a file; the first line of its answer, as JSON. Bytes of a preview follow. */
export type Examined =
  | {
      readonly verdict: 'kept'
      readonly kind: FileKind
      /** Of a picture whose copy follows as WebP without metadata: width and height of the original, in pixels. */
      readonly picture: { readonly width: number; readonly height: number } | null
      /** Of an archive: how many entries it lists. */
      readonly entries: number | null
      /** Length of the preview in bytes; 0 for none. */
      readonly preview: number
    }
  | { readonly verdict: 'refused'; readonly why: Refusal }

export type Refusal =
  | 'too_many_pixels'
  | 'too_many_frames'
  | 'too_many_segments'
  | 'too_many_entries'
  | 'unpacks_to_too_much'
  | 'leads_out'
  | 'links'
  | 'too_deep'
  | 'broken_archive'

export class Refused extends Error {
  override readonly name = 'Refused'
  readonly why: Refusal
  constructor(why: Refusal) {
    super(why)
    this.why = why
  }
}
