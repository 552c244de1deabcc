import { describe, expect, it } from 'vitest'
import { nameOnDisk, readFileName } from './file-name.ts'
import { kindOf } from './kinds.ts'
import { attachmentLimits } from './limits.ts'
import { checkStorage } from './storage.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('what somebody calls a file', () => {
  it.each(['poc.png', '登录绕过 截图.jpg', 'a%00.png', 'CON', '👩‍👧.gif', 'ＳＱＬ注入.txt', '.bashrc'])(
    'PUB-UP-06: may be %s',
    (name) => {
      expect(readFileName(` ${name} `)).toEqual({ ok: true, name: name.normalize('NFC') })
    },
  )
  it.each([
    ['a path', '../../x'],
    ['a path of Windows', 'C:\\x'],
    ['4,096 characters', 'a'.repeat(4096)],
    ['blanks', '   '],
    ['dots', '..'],
    ['a text that turns round', 'gnp\u202e.exe'],
    ['a new line', 'a\nb'],
    ['a NUL', 'a\0.png'],
    ['half a character', 'a\ud800'],
    ['a tag', `a${String.fromCodePoint(0xe0041)}`],
  ])('PUB-UP-06: is refused as %s', (_what, name) => {
    expect(readFileName(name)).toMatchObject({ ok: false, fix: { zh: expect.any(String) } })
  })
  it.each([
    ['CON', '_CON'],
    ['aux.png', '_aux.png'],
    ['a:b?.png', 'a_b_.png'],
    ['report. ', 'report'],
    ['.htaccess', '_htaccess'],
    ['...', '_'],
  ])('PUB-UP-06: %s is put on a disk as %s', (name, onDisk) => {
    expect(nameOnDisk(name)).toBe(onDisk)
  })
})

describe('the kind of a file', () => {
  it.each([
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0), 'png'],
    ['HTML', bytes('<!doctype html><script>'), 'markup'],
    ['HTML behind a mark and blanks', bytes('\ufeff \n\t<html>'), 'markup'],
    ['HTML in UTF-16', Uint8Array.of(0xff, 0xfe, 0x3c, 0, 0x68, 0), 'markup'],
    ['SVG', bytes('<svg xmlns='), 'markup'],
    ['XML with an instruction', bytes('<?xml-stylesheet href="x.xsl"?>'), 'markup'],
    ['a request', bytes('GET /?id=1 HTTP/1.1\r\nHost: a\r\n'), 'text'],
    ['Chinese text cut in a character', bytes('测试').subarray(0, 5), 'text'],
    ['less-than in prose', bytes('1 < 2'), 'text'],
    ['a program', Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0), 'other'],
    ['nothing', new Uint8Array(), 'text'],
    ['an archive', bytes('PK\u0003\u0004'), 'zip'],
    ['a recording', Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a), 'pcap'],
  ] as const)('PUB-XS-04: is told from the bytes of %s, whatever its name', (_what, head, kind) => {
    expect(kindOf(head)).toBe(kind)
  })
})

describe('all files of one person in an engagement, and of everybody', () => {
  const { ofPersonBytes, ofEngagementBytes } = attachmentLimits
  it('fit to the last byte', () => {
    expect(() => checkStorage({ ofPerson: ofPersonBytes - 10, ofEngagement: ofEngagementBytes - 10 }, 10)).not.toThrow()
  })
  it.each([
    ['the person’s', { ofPerson: ofPersonBytes - 10, ofEngagement: 0 }, '500 MiB together; they hold 500.0 MiB'],
    [
      'the engagement’s, without saying what others hold',
      { ofPerson: 0, ofEngagement: ofEngagementBytes - 10 },
      '20480 MiB',
    ],
  ])('and not one more: %s', (_, used, words) => {
    expect(() => checkStorage(used, 11)).toThrow(
      expect.objectContaining({
        code: 'refused',
        rule: 'ATTACH-4',
        message: expect.stringContaining(words) as string,
        fields: [expect.objectContaining({ field: 'body.size' })],
      }) as Error,
    )
  })
})
