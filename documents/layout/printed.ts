/**
 * The printed form: what stands on the pages, before any file format. Both renderers print exactly this, so that PDF
 * and DOCX cannot say different things. Every text in it is inert already.
 */
export type Run =
  | {
      readonly kind: 'text'
      readonly text: string
      readonly bold?: boolean
      readonly italic?: boolean
      readonly strike?: boolean
      readonly code?: boolean
      readonly muted?: boolean
    }
  /** A word on a coloured ground; the colour carries white text with contrast of at least 4.5. */
  | { readonly kind: 'pill'; readonly text: string; readonly color: string }
  /** Raised number that leads to the annex of sources. */
  | { readonly kind: 'mark'; readonly number: number }
  | { readonly kind: 'break' }

export type Column = { readonly title: string; readonly share: number; readonly align?: 'right' | 'center' }

export type ChartData =
  | { readonly form: 'columns'; readonly bars: readonly Bar[] }
  | { readonly form: 'bars'; readonly bars: readonly Bar[] }
  | { readonly form: 'days'; readonly bars: readonly Bar[] }
export type Bar = { readonly name: string; readonly value: number; readonly color: string }

export type Block =
  | {
      readonly kind: 'heading'
      readonly level: 1 | 2
      readonly text: string
      readonly row?: string
      readonly newPage?: boolean
    }
  /** A heading inside a section; not in the contents. */
  | { readonly kind: 'subheading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly runs: readonly Run[]; readonly indent?: boolean }
  | {
      readonly kind: 'list'
      readonly ordered: boolean
      readonly start: number
      readonly items: readonly (readonly Block[])[]
    }
  | { readonly kind: 'quote'; readonly blocks: readonly Block[] }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'rule' }
  | {
      readonly kind: 'facts'
      readonly together?: boolean
      readonly rows: readonly { readonly label: string; readonly value: readonly Run[] }[]
    }
  | {
      readonly kind: 'table'
      /** Names and numbers only: not wider than they need. */
      readonly narrow?: boolean
      /** Small enough to stand on one page; it is not cut. */
      readonly together?: boolean
      readonly columns: readonly Column[]
      readonly rows: readonly (readonly (readonly Run[])[])[]
    }
  | { readonly kind: 'chart'; readonly chart: ChartData; readonly caption: string }
  | { readonly kind: 'notice'; readonly tone: 'plain' | 'warn' | 'good' | 'bad'; readonly runs: readonly Run[] }

/** The first page of a report, or the head of a letter. */
export type Cover = {
  readonly form: 'page' | 'letterhead'
  readonly title: string
  readonly subtitle: string
  readonly draft?: string
  readonly facts: readonly { readonly label: string; readonly value: readonly Run[] }[]
  readonly anchorTitle: string
  readonly anchor: readonly { readonly label: string; readonly value: readonly Run[] }[]
}

export type Printed = {
  readonly language: 'zh-CN' | 'en'
  readonly title: string
  readonly author: string
  /** File creation time, seconds since 1970. */
  readonly createdAt: number
  readonly header: { readonly left: string; readonly right: string }
  readonly footer: string
  /** The mark of one reader's copy: in the file's properties, and on the foot of each page without being seen. */
  readonly copy?: string
  /** Words around the page numbers: before the page, between page and total, after the total. */
  readonly pageWords: readonly [string, string, string]
  readonly cover: Cover
  /** Title of the contents page; absent for a letter. */
  readonly contents?: string
  readonly body: readonly Block[]
}
