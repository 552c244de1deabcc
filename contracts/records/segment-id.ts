import { makeId } from '@zhongheng/domain/shared/ids.ts'

/** The id of a new segment file. @param random at least 10 random bytes */
export const makeSegmentId = (at: Date, random: Uint8Array): string => makeId('segment', at, random)
