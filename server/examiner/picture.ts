import { hostileLimits } from '@zhongheng/domain/attachments/limits.ts'
import sharp from 'sharp'
import { Refused } from './examined.ts'

export type Picture = { readonly width: number; readonly height: number; readonly preview: Buffer }

/** Longest side of a preview in pixels. */
const previewSide = 1600
/** Segments before a JPEG's picture data; cameras write some dozens. */
const mostSegments = 2000

/**
 * A copy of a picture for the eye: decoded and encoded anew as WebP, turned upright, without metadata and without anything that stood
 * behind the picture. Sizes are read from the head, before a pixel is decoded.
 * @returns null where the bytes cannot be decoded: then it is a file like others
 * @throws Refused for one that is built to take memory or time
 */
export async function readPicture(bytes: Buffer): Promise<Picture | null> {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) countSegments(bytes)
  const open = (pages: number) =>
    sharp(bytes, { limitInputPixels: hostileLimits.pixels, pages, failOn: 'error', sequentialRead: true })
  const head = await sharp(bytes, { limitInputPixels: false, pages: 1 })
    .metadata()
    .catch(() => null)
  if (head === null) return null
  const { width, height } = head
  if (width > hostileLimits.side || height > hostileLimits.side || width * height > hostileLimits.pixels)
    throw new Refused('too_many_pixels')
  if ((head.pages ?? 1) > hostileLimits.frames) throw new Refused('too_many_frames')
  const preview = await open(1)
    .autoOrient()
    .resize({ width: previewSide, height: previewSide, fit: 'inside', withoutEnlargement: true })
    .webp({ quality: 82 })
    .toBuffer()
    .catch(() => null)
  return preview && { width, height, preview }
}

function countSegments(bytes: Buffer): void {
  let at = 2
  for (let segments = 0; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda; segments++) {
    if (segments >= mostSegments) throw new Refused('too_many_segments')
    at += 2 + bytes.readUInt16BE(at + 2)
  }
}
