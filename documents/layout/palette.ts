import { severityWords } from '@zhongheng/domain/findings/severity.ts'
import type { Text } from '@zhongheng/domain/shared/problem.ts'
import type { Severity } from '../models/common.ts'

/** One word and one colour per severity, as on the screens; white text on each has contrast of at least 4.5. */
export const severityPrint: { readonly [severity in Severity]: { readonly word: Text; readonly color: string } } = {
  critical: { word: severityWords.critical, color: '#8E1B3A' },
  high: { word: severityWords.high, color: '#C62828' },
  medium: { word: severityWords.medium, color: '#B45309' },
  low: { word: severityWords.low, color: '#1D6FB8' },
  info: { word: severityWords.info, color: '#5B6470' },
}

export const accent = '#1F3A5F'
