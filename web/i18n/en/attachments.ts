import type { Words } from '../words.ts'

export const attachments: Words['attachments'] = {
  title: 'Attachments',
  about:
    'A file is no substitute for traffic: what can be shown through the gateway is cited from there. Seeing and downloading are entered in the ledger.',
  choose: 'Choose files',
  hint: 'Or drop them here, or paste a screenshot. At most {{most}}, each up to {{size}}; yours in this engagement up to {{all}} together.',
  examining: 'Being examined…',
  empty: 'The file is empty.',
  tooLarge: '{{size}}; at most {{most}}. Compress it or split it.',
  tooMany: 'At most {{most}}: {{left}} of those chosen were left out.',
  drop: 'Remove',
  show: 'Show picture',
  save: 'Download',
  copy: 'A copy, encoded anew and without places or other data of the camera; download the file for the original.',
  beware: 'Nobody vouches for this file: open it where it can do no harm.',
  entries: '{{entries}} entries',
  kinds: {
    png: 'PNG picture',
    jpeg: 'JPEG picture',
    gif: 'GIF picture',
    webp: 'WebP picture',
    pdf: 'PDF',
    zip: 'Archive',
    gzip: 'gzip file',
    pcap: 'Packet capture',
    markup: 'HTML, SVG or XML source',
    text: 'Text',
    other: 'Binary file',
  },
}
