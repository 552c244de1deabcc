import { randomBytes } from 'node:crypto'

const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * A random code for people to type, five bits a character in Crockford's letters: `7QK3-9ZTM-4A0P`.
 * @param characters how many @param group a dash after each so many; 0 for none
 */
export function newTypedCode(characters: number, group: number): string {
  const code = Array.from(randomBytes(characters), (byte) => letters.charAt(byte & 31)).join('')
  return group === 0 ? code : code.replace(new RegExp(`(.{${group}})(?=.)`, 'g'), '$1-')
}

/** A code as it was typed, with or without dashes and blanks, in any case, with the letters that are easily confused. */
export const readTypedCode = (typed: string): string =>
  typed.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replaceAll('I', '1').replaceAll('L', '1')
