import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isIdentityNumber, passesLuhn } from './personal-data.ts'
import { payloadClasses } from './signals.ts'
import { Watch } from './watch.ts'

const inAnswer = (text: string): string[] => kindsOf(Watch.ofResponse(), [text])
const inRequest = (text: string): string[] => kindsOf(Watch.ofRequest(payloadClasses), [text])
function kindsOf(watch: Watch, pieces: readonly string[]): string[] {
  for (const piece of pieces) watch.feed(piece, false)
  watch.feed('', true)
  return watch.seen.map(({ kind, count }) => `${kind} ${count}`)
}

describe('identity card numbers', () => {
  it.each([
    '{"idCard":"11010519491231002X"}',
    '<td>440524188001010014</td><td>11010519491231002x</td>',
    '姓名:王伟,证件:11010519491231002X,电话',
  ])('are seen in %j', (text) => {
    expect(inAnswer(text)).toEqual(['personal_id 1'])
  })

  it.each([
    ['a wrong check digit', '{"idCard":"110105194912310021"}'],
    ['a region that does not exist', '{"id":"990105194912310026"}'],
    ['a day that does not exist', '{"id":"110105194902310026"}'],
    ['29 February of no leap year', '{"id":"110105190102290024"}'],
    ['part of a longer number', '{"trace":"2211010519491231002X77"}'],
    ['part of a word', 'key_11010519491231002X'],
    ['18 digits of a snowflake id', '{"id":175928847299117063}'],
  ])('are not seen in %s', (_name, text) => {
    expect(inAnswer(text)).toEqual([])
  })

  it('of a thousand numbers that are built alike only about one in eleven agrees with its check digit', () => {
    let agree = 0
    for (let serial = 0; serial < 1000; serial++) {
      if (isIdentityNumber(`11010519900101${String(serial).padStart(3, '0')}7`)) agree++
    }
    expect(agree).toBeGreaterThan(60)
    expect(agree).toBeLessThan(130)
  })
})

describe('mobile numbers', () => {
  it('are seen when several different ones stand in one answer', () => {
    const people = '[{"phone":"13812345678"},{"phone":"+86 139-1234-5678"},{"phone":"15912345678"}]'
    expect(inAnswer(people)).toEqual(['personal_phone 3'])
  })

  it.each([
    ['a service line, twice', '客服热线 13800138000，微信同号 13800138000'],
    ['two numbers', '13812345678 13912345678'],
    ['timestamps in milliseconds', '[1700000000000,1600000000123,1590000000456,1580000000789]'],
    ['timestamps with a fraction', '13812345678.25 13912345678.5 15912345678.75'],
    ['fractions', '0.13812345678 0.13912345678 0.15912345678'],
    ['ids with a prefix of letters', 'SN13812345678 SN13912345678 SN15912345678'],
    ['prefixes nobody is given', '14112345678 15412345678 11912345678'],
  ])('are not seen in %s', (_name, text) => {
    expect(inAnswer(text)).toEqual([])
  })
})

describe('bank cards', () => {
  it.each(['{"card":"6222021234567890128"}', '4539 1488 0343 6467', 'PAN=5200-8282-8282-8210;'])(
    'are seen in %j',
    (text) => {
      const digits = text.replace(/\D/g, '')
      expect(passesLuhn(digits)).toBe(true)
      expect(inAnswer(text)).toEqual(['bank_card 1'])
    },
  )

  it.each([
    ['an order number of today’s date', '{"orderNo":"2026112112304512"}'],
    ['an order number like a card that fails the check', '{"orderNo":"6222021234567890127"}'],
    ['sixteen digits of another scheme that pass the check', '{"orderNo":"9000000000000001"}'],
    ['a placeholder', '4444444444444448'],
    ['a decimal fraction', '3.4111111123456786'],
    ['part of a hex digest', 'a4111111123456786f'],
  ])('are not seen in %s', (_name, text) => {
    expect(inAnswer(text)).toEqual([])
  })
})

describe('SQL that would change data', () => {
  it.each([
    'GET /item?id=1;DROP TABLE users-- HTTP/1.1',
    'GET /item?id=1%27%3B%20delete%20from%20users%20where%201%3D1%23 HTTP/1.1',
    'GET /item?id=1%2527%253BdElEtE%2509FROM%2509users%253B HTTP/1.1',
    "name=x'; INSERT/**/INTO/*x*/users(name,role) VALUES('a','admin')--",
    "q=1;/*!50000UPDATE*/ users SET role='admin'",
    "id=1); EXEC master..xp_cmdshell 'whoami'",
    "id=1 UNION SELECT '<x>' INTO OUTFILE '/var/www/x.php'",
    '{"q":"\\u0027; TRUNCATE TABLE orders;"}',
  ])('is seen in %j', (text) => {
    expect(inRequest(text)).toEqual([expect.stringMatching(/^write_sql /)])
  })

  it.each([
    ['a help text', '{"text":"Use DELETE FROM users to remove all rows, or drop table users altogether"}'],
    ['prose', 'body=please update the address set in my profile and insert into the form'],
    ['a search', 'q=how+to+drop+table+in+mysql'],
    ['a query that reads', "id=1' UNION SELECT name, password FROM users--"],
    ['a path', '/api/users/delete/from/cart?create=table&update=set'],
    ['GraphQL', '{"query":"mutation { updateUser(id: 1) { set } }"}'],
  ])('is not seen in %s', (_name, text) => {
    expect(inRequest(text)).toEqual([])
  })
})

describe('web shells', () => {
  it.each([
    "<?php @eval($_POST['a']);?>",
    '<?=system($_GET["c"])?>',
    '<?php $x = base64_decode("c3lz"); assert($_REQUEST[1]); ?>',
    '<?php echo `{$_GET["c"]}`;',
    '<%Runtime.getRuntime().exec(request.getParameter("c"));%>',
    '<% String c = request.getParameter("c"); Process p = Runtime . getRuntime ( ) . exec ( c ); %>',
    '<%eval request("x")%>',
  ])('are seen in %j', (text) => {
    expect(inRequest(`Content-Disposition: form-data; name="f"; filename="a.jpg"\r\n\r\n${text}`)).toEqual([
      expect.stringMatching(/^web_shell /),
    ])
  })

  it.each([
    ['PHP that executes nothing', '<?php echo htmlspecialchars($_GET["name"]); ?>'],
    ['a sentence about code', 'Never call eval($_POST["x"]) in PHP.'],
    ['an XML document', '<?xml version="1.0"?><eval>request</eval>'],
    ['a template', '<% if (request.secure) { %>lock<% } %>'],
  ])('are not seen in %s', (_name, text) => {
    expect(inRequest(text)).toEqual([])
  })
})

describe('destructive commands', () => {
  it.each([
    'host=127.0.0.1;rm -rf /',
    'host=127.0.0.1%26%26rm%20-fr%20%2Fvar',
    'cmd=$(mkfs.ext4 /dev/sda1)',
    'x=:(){ :|:& };:',
    'cmd=`shutdown -h now`',
    '{"cmd":"dd if=/dev/zero bs=1M of=/dev/sda"}',
    'c=del /f /s /q c:\\\\*.*',
    'a=|vssadmin delete shadows',
  ])('are seen in %j', (text) => {
    expect(inRequest(text)).toEqual([expect.stringMatching(/^destructive_command /)])
  })

  it.each([
    ['a sentence', 'note=the format of the disk and the halting problem; reboot your mind'],
    ['a file name', 'path=/docs/rm-rf.html&title=shutdown'],
    ['a harmless command', 'host=127.0.0.1;id;uname -a;cat /etc/passwd'],
    ['a choice', 'format=csv&order=del'],
  ])('are not seen in %s', (_name, text) => {
    expect(inRequest(text)).toEqual([])
  })
})

describe('the pieces in which a text comes', () => {
  const bits = [
    '11010519491231002X',
    '13812345678',
    '13912345678',
    '15912345678',
    '6222021234567890128',
    "';drop table users--",
    '%2527%253Bdelete%2509from%2509t%253B',
    '<?php eval($_POST[1])',
    ';rm -rf /',
    '/**/',
    '/*!50000',
    '%',
    '\\u0027',
    ' ',
    '"',
    '1',
    'x',
    '甲',
    'a'.repeat(300),
  ]
  const text = fc.array(fc.constantFrom(...bits), { maxLength: 30 }).map((parts) => parts.join(''))
  const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 })
  const cut = (whole: string, sizes: readonly number[]): string[] => {
    const pieces: string[] = []
    let at = 0
    for (const size of sizes) {
      pieces.push(whole.slice(at, at + size))
      at += size
    }
    return [...pieces, whole.slice(at)]
  }

  it.each([
    ['of a request', () => Watch.ofRequest(payloadClasses)],
    ['of an answer', () => Watch.ofResponse()],
  ])('make no difference to what is seen %s', (_name, make) => {
    fc.assert(
      fc.property(text, cuts, (whole, sizes) => {
        const one = make()
        one.feed(whole, true)
        const other = make()
        for (const piece of cut(whole, sizes)) other.feed(piece, false)
        other.feed('', true)
        expect(other.seen).toEqual(one.seen)
      }),
      { numRuns: 300 },
    )
  })
})

it('text made to be slow is read in a bounded number of steps', () => {
  for (const part of [
    '<?',
    '<?eval ',
    'insert into a (',
    'update aaaaaaaa',
    '$_get[',
    'getparameter(',
    '4111 ',
    '%25',
    '/*',
  ]) {
    const watch = Watch.ofRequest(payloadClasses)
    const answer = Watch.ofResponse()
    watch.feed(part.repeat(Math.ceil(262_144 / part.length)), true)
    answer.feed(part.repeat(Math.ceil(262_144 / part.length)), true)
    expect(watch.seen.length + answer.seen.length).toBe(0)
  }
})
