/** What may be attached. Whoever has more attaches an archive, or cites recorded traffic, which is better evidence anyway. */
export const attachmentLimits = {
  /** Bytes of one file. */
  bytes: 25 * 1024 * 1024,
  /** Files of one finding, and of one comment. */
  ofFinding: 20,
  ofComment: 5,
  /** Bytes of all files of one person in one engagement, and of all files of an engagement, attached or not. */
  ofPersonBytes: 500 * 1024 * 1024,
  ofEngagementBytes: 20 * 1024 * 1024 * 1024,
  /** Files that one person may have read at once, which are kept nowhere afterwards. */
  aside: 3,
  /** Files that one person may have uploaded without attaching them to anything. */
  loose: 30,
  /** Hours after which a file that was attached to nothing is removed. */
  looseHours: 24,
  /** Seconds for the sending of one file, whatever its size, and seconds without a byte after which it is cut off. */
  sendSeconds: 900,
  pauseSeconds: 20,
} as const

/** Of a picture: pixels over all its frames, frames; of an archive: entries, and unpacked size to packed size. */
export const hostileLimits = {
  pixels: 50_000_000,
  side: 20_000,
  frames: 200,
  entries: 10_000,
  ratio: 100,
  unpackedBytes: 2 * 1024 * 1024 * 1024,
} as const
