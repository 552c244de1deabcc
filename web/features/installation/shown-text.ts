import type { PartView } from '@zhongheng/contracts/http/installation.ts'

type Shown = Exclude<PartView['facts'][number]['value'], { kind: 'moment' }>

/** A value of the page as text; moments are shown in the reader's zone elsewhere. */
export function shownText(value: Shown, word: 'zh' | 'en'): string {
  switch (value.kind) {
    case 'text':
      return value.text[word]
    case 'code':
      return value.code
    case 'number':
      return value.number.toLocaleString('en-US')
    case 'bytes':
      return bytesText(value.bytes)
  }
}

function bytesText(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GiB`
  if (bytes >= 2 ** 20) return `${(bytes / 2 ** 20).toFixed(1)} MiB`
  return `${Math.ceil(bytes / 1024)} KiB`
}
