/** A sentence in both product languages. */
export type Bilingual = { readonly zh: string; readonly en: string }
