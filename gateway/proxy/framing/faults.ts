import { say, type Text } from '@zhongheng/domain/shared/problem.ts'

/** Why a message's framing has no single reading. All are refused before the target is touched. */
export type FrameRule = keyof typeof frameRules

export const frameRules = {
  'FRAME-1': say('行结尾必须是 CRLF；出现了单独的 CR 或 LF', 'lines end with CRLF; a bare CR or LF was found'),
  'FRAME-2': say(
    '请求行应为“方法 目标 HTTP/1.1”，各由一个空格隔开',
    'the request line is METHOD TARGET HTTP/1.1 (or 1.0), one blank between each',
  ),
  'FRAME-3': say(
    '头部字段应为“名称: 值”；名称中、冒号前不得有空白，不得折行，值中不得有控制字符',
    'a header is NAME: VALUE; no blank in the name or before the colon, no folding, no control character in the value',
  ),
  'FRAME-4': say('请求头过大', 'the head of the request is too large'),
  'FRAME-5': say(
    'Content-Length 须出现一次，为不带符号的十进制数',
    'Content-Length appears once and is an unsigned decimal number',
  ),
  'FRAME-6': say(
    'Transfer-Encoding 须出现一次，值为 chunked，且仅用于 HTTP/1.1',
    'Transfer-Encoding appears once, is "chunked", and only in HTTP/1.1',
  ),
  'FRAME-7': say(
    '不得同时出现 Content-Length 与 Transfer-Encoding',
    'Content-Length and Transfer-Encoding must not come together',
  ),
  'FRAME-8': say(
    '分块编码不合法（块长、扩展、结尾或尾部字段）',
    'the chunked coding is malformed (size, extension, end or trailer)',
  ),
  'FRAME-9': say('Host 须出现且只出现一次', 'Host appears exactly once'),
  'FRAME-10': say('声明关闭连接的请求之后还有数据', 'there are bytes after a request that closes the connection'),
  'FRAME-11': say('连接在请求完整之前结束', 'the connection ended before the request was complete'),
} as const satisfies Record<string, Text>

/** 431 for what is too large, 400 for what is malformed. */
export const statusOfFault = (rule: FrameRule): number => (rule === 'FRAME-4' ? 431 : 400)
