import { randomBytes } from 'node:crypto'

/** The zone in which documents print times. */
export const documentZone = 'Asia/Shanghai'

/** 100 random bits in Crockford groups of five, as people type them from paper: `7QK39-ZTM4A-…`. */
export const newCheckCode = (): string =>
  Array.from(randomBytes(20), (byte) => '0123456789ABCDEFGHJKMNPQRSTVWXYZ'.charAt(byte & 31))
    .join('')
    .replace(/(.{5})(?=.)/g, '$1-')
