import { headBytes, kindOf, pictureKinds } from '@zhongheng/domain/attachments/kinds.ts'
import { listArchive } from './archive.ts'
import { type Examined, Refused } from './examined.ts'
import { readPicture } from './picture.ts'
import { readAll } from './read-all.ts'

/*
 * Looks into one file that somebody uploaded: its bytes come on standard input, the answer leaves on standard output. This is where
 * hostile bytes meet parsers, so it is a process of its own that may read nothing but its code, reaches no network and
 * has limits of memory and time (`ports/examiner.ts`). It is told no key, no name and no place.
 */
async function examine(bytes: Buffer): Promise<{ examined: Examined; preview: Buffer | null }> {
  const kind = kindOf(bytes.subarray(0, headBytes))
  try {
    const picture = pictureKinds.includes(kind) ? await readPicture(bytes) : null
    const entries = kind === 'zip' ? await listArchive(bytes) : null
    return {
      examined: {
        verdict: 'kept',
        // What begins like a picture and is none is a file like others.
        kind: pictureKinds.includes(kind) && picture === null ? 'other' : kind,
        picture: picture && { width: picture.width, height: picture.height },
        entries,
        preview: picture?.preview.length ?? 0,
      },
      preview: picture?.preview ?? null,
    }
  } catch (error) {
    if (error instanceof Refused) return { examined: { verdict: 'refused', why: error.why }, preview: null }
    throw error
  }
}

const { examined, preview } = await examine(await readAll())
process.stdout.write(`${JSON.stringify(examined)}\n`)
if (preview) process.stdout.write(preview)
