import { gzipSync, zipSync, zlibSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { copyMark } from '@zhongheng/contracts/records/copy-marks.ts'
import { marksInFile, marksInText } from './marks-in-file.ts'

const mark = copyMark('7QK39ZTM')
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const utf16 = (text: string, littleEndian: boolean): Uint8Array => {
  const bytes = new Uint8Array(text.length * 2)
  const view = new DataView(bytes.buffer)
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at), littleEndian)
  return bytes
}

describe('the mark in a leaked file', () => {
  it('is found in text of any of three encodings, written and unseen', async () => {
    for (const form of [mark.written, mark.unseen])
      for (const bytes of [utf8(`a ${form} b`), utf16(`a ${form} b`, true), utf16(`a ${form} b`, false)])
        expect(await marksInFile(bytes)).toEqual(['7QK39ZTM'])
  })
  it('is found in what is packed inside of a Word file, whatever its parts are called', async () => {
    const parts = {
      'docProps/custom.xml': utf8(`<x>${mark.written}</x>`),
      'word/document.xml': utf8('<w/>'.repeat(2000)),
    }
    expect(await marksInFile(zipSync(parts, { level: 9 }))).toEqual(['7QK39ZTM'])
    expect(await marksInFile(zipSync(parts, { level: 0 }))).toEqual(['7QK39ZTM'])
  })
  it('is found in a packed stream of a PDF', async () => {
    const packed = zlibSync(utf8(`/Keywords (${mark.written}) ${'x'.repeat(500)}`))
    const pdf = [utf8('%PDF-1.7\n1 0 obj\n<<>>\nstream\r\n'), packed, utf8('\nendstream\nendobj\n')]
    expect(await marksInFile(new Uint8Array(Buffer.concat(pdf)))).toEqual(['7QK39ZTM'])
  })
  it('is found in texts of two bytes a letter that begin at an odd byte, and in those that a PDF writes in digits', async () => {
    for (const littleEndian of [true, false])
      expect(await marksInFile(new Uint8Array([0x78, ...utf16(mark.written, littleEndian)]))).toEqual(['7QK39ZTM'])
    const digits = Buffer.from(utf16(`\uFEFF${mark.written}`, false)).toString('hex')
    expect(await marksInFile(utf8(`%PDF-1.7\n<</Keywords<${digits.toUpperCase()}>>>`))).toEqual(['7QK39ZTM'])
  })
  it('is in no file without one; a broken one, or one that grows without end, is no fault', async () => {
    const whole = zipSync({ a: utf8(mark.written.repeat(50)) })
    for (const bytes of [
      new Uint8Array(),
      utf8('PK'),
      utf8('%PDF stream'),
      gzipSync(utf8('nothing')),
      whole.subarray(0, 40),
    ])
      expect(await marksInFile(bytes)).toEqual([])
    const bomb = zipSync(Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`${at}`, new Uint8Array(5 << 20)])))
    expect(await marksInFile(bomb)).toEqual([])
  })
  it('is taken from what somebody pastes, also as the bare code of a page', () => {
    expect(marksInText(`${'正文'.repeat(20)}${mark.unseen}\n再一段`)).toEqual(['7QK39ZTM'])
    expect(marksInText(' 7qk39ztm\n')).toEqual(['7QK39ZTM'])
    expect(marksInText('7QK39ZT')).toEqual([])
  })
})
