import { describe, expect, it } from 'vitest'
import { maskHead, maskSign, maskText } from './mask.ts'

describe('a head as a page shows it', () => {
  it('hides credentials and keeps what they are', () => {
    const head = [
      'GET /orders?token=s3cret&page=2 HTTP/1.1',
      'Host: shop.example',
      'Authorization: Bearer eyJhbGciOi.J9',
      'Cookie: sid=8f3a; theme=dark',
      'X-Api-Key: 0123456789',
      'Accept: text/html; charset=utf-8',
    ].join('\r\n')
    expect(maskHead(head)).toEqual({
      text: [
        `GET /orders?token=${maskSign}&page=2 HTTP/1.1`,
        'Host: shop.example',
        `Authorization: Bearer ${maskSign}`,
        `Cookie: sid=${maskSign}; theme=${maskSign}`,
        `X-Api-Key: ${maskSign}`,
        'Accept: text/html; charset=utf-8',
      ].join('\r\n'),
      hidden: 5,
    })
  })

  it('keeps the attributes of a cookie that is set, and hides it in HTTP/2 too', () => {
    expect(maskHead('HTTP/1.1 200 OK\r\nSet-Cookie: sid=8f3a; Path=/; HttpOnly').text).toBe(
      `HTTP/1.1 200 OK\r\nSet-Cookie: sid=${maskSign}; Path=/; HttpOnly`,
    )
    expect(maskHead('GET /?pwd=x HTTP/2\r\n:path: /?pwd=x').text).toBe(
      `GET /?pwd=${maskSign} HTTP/2\r\n:path: /?pwd=${maskSign}`,
    )
  })
})

describe('a body as a page shows it', () => {
  it.each([
    ['a form', 'user=chen&password=p%40ss&next=%2F', `user=chen&password=${maskSign}&next=%2F`],
    [
      'JSON',
      '{"user": "陈默", "newPassword": "a\\"b", "pin": 1234}',
      `{"user": "陈默", "newPassword": "${maskSign}", "pin": ${maskSign}}`,
    ],
    [
      'XML',
      '<login><user>chen</user><password>p</password></login>',
      `<login><user>chen</user><password>${maskSign}</password></login>`,
    ],
    [
      'a multipart form',
      '--b\r\nContent-Disposition: form-data; name="passwd"\r\n\r\np@ss\r\n--b--',
      `--b\r\nContent-Disposition: form-data; name="passwd"\r\n\r\n${maskSign}\r\n--b--`,
    ],
    ['a value that the view cut off', '{"access_token":"abc', `{"access_token":"${maskSign}`],
  ])('hides the secrets of %s', (_, text, shown) => {
    expect(maskText(text).text).toBe(shown)
  })

  it('hides identity card, phone and bank card but for their first and last digits', () => {
    expect(maskText('身份证 11010519491231002X，手机 13812345678，卡号 6222021234567890123')).toEqual({
      text: '身份证 110•••••••••••002X，手机 138••••5678，卡号 622••••••••••••0123',
      hidden: 3,
    })
  })

  it('leaves other text and numbers alone', () => {
    const text =
      '{"order": 17, "passenger": "林晓", "at": 1763712000000, "trace": "a13812345678b", "price": "13812345678.50"}'
    expect(maskText(text)).toEqual({ text, hidden: 0 })
  })

  it('takes no longer for hostile text than its length allows', () => {
    for (const piece of ['a', '"', 'a=', '"a":"', '<a ', 'name="', '1', '\\"', 'token='])
      expect(maskText(piece.repeat(65_536 / piece.length)).text.length).toBeGreaterThan(0)
  })
})
