import { severityNames } from '@zhongheng/domain/findings/severity.ts'
import { importLimits } from '@zhongheng/domain/imports/limits.ts'
import { scanFormats } from '@zhongheng/domain/imports/scan.ts'
import { z } from 'zod'
import { Bilingual } from './shape.ts'

/** What a scanner's file says, for its reader to choose from. Nothing of it is kept here. */
export const ScanPreview = z
  .strictObject({
    format: z.enum(scanFormats),
    /** Results in the file; equal ones are one row. */
    items: z.number().int(),
    rows: z
      .array(
        z.strictObject({
          title: z.string(),
          severity: z.enum(severityNames),
          /** Of the catalogue; null where the scanner names none that is in it. */
          cwe: z.string().nullable(),
          cvssVector: z.string().nullable(),
          places: z.array(z.string()).max(importLimits.places),
          description: z.string(),
          repair: z.string(),
          times: z.number().int(),
          /** As the gateway would judge a request there; `unknown` where no host is named. */
          scope: z.enum(['in', 'out', 'unknown']),
          /** The line of the scope that covers it. */
          asset: z.string().nullable(),
          why: Bilingual.nullable(),
        }),
      )
      .max(importLimits.findings),
    left: z.array(z.strictObject({ item: z.number().int(), why: Bilingual })).max(importLimits.places),
    leftCount: z.number().int(),
  })
  .meta({ id: 'ScanPreview' })
export type ScanPreview = z.infer<typeof ScanPreview>
