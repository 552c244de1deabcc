/** The forms in which recorded exchanges are handed over, with media type and the ending of a file's name. */
export const captureFormats = {
  har: { type: 'application/json', ending: 'har' },
  pcapng: { type: 'application/x-pcapng', ending: 'pcapng' },
  warc: { type: 'application/warc', ending: 'warc' },
  burp: { type: 'application/xml', ending: 'xml' },
  curl: { type: 'text/x-shellscript; charset=utf-8', ending: 'sh' },
  ndjson: { type: 'application/x-ndjson', ending: 'ndjson' },
} as const
export type CaptureFormat = keyof typeof captureFormats
export const captureFormatNames = ['har', 'pcapng', 'warc', 'burp', 'curl', 'ndjson'] as const satisfies CaptureFormat[]
