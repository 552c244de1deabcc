import { say, type Text } from '@zhongheng/domain/shared/problem.ts'

/** Why a message of HTTP/2, or a whole connection, is refused. */
export const http2Rules = {
  'H2-1': [
    400,
    say(
      '伪头字段（:method 等）须各出现一次、位于最前，且不得有其他伪头字段',
      'the pseudo-header fields (:method and so on) come once each, first, and there are no others',
    ),
  ],
  'H2-2': [
    400,
    say('头字段名须为小写，且不含空白或控制字符', 'a field name is in lower case, without blank or control character'),
  ],
  'H2-3': [
    400,
    say(
      '头字段值不得含 NUL、CR、LF 等控制字符，也不得以空白开头或结尾',
      'a field value has no NUL, CR, LF or other control character, and no blank at its begin or end',
    ),
  ],
  'H2-4': [
    400,
    say(
      'HTTP/2 中不得有与连接相关的头字段（connection、transfer-encoding、upgrade 等）',
      'there are no fields about the connection in HTTP/2 (connection, transfer-encoding, upgrade and so on)',
    ),
  ],
  'H2-5': [
    400,
    say(
      'content-length 须为一个十进制数，并与实际正文长度一致',
      'content-length is one decimal number and the length of the body that was sent',
    ),
  ],
  'H2-6': [431, say('请求头过大（64 KiB 或 1000 个字段）', 'the head is too large (64 KiB, or 1000 fields)')],
  'H2-7': [400, say('尾部字段不合法', 'the trailers are malformed')],
  'H2-8': [400, say('连接违反了 HTTP/2 协议，已关闭', 'the connection broke the protocol HTTP/2 and was closed')],
  'H2-9': [
    429,
    say(
      '连接发送了过多的控制帧或取消了过多的流，已关闭',
      'the connection sent too many control frames, or cancelled too many streams, and was closed',
    ),
  ],
  'H2-10': [502, say('目标的 HTTP/2 回答不合法', "the target's answer in HTTP/2 is malformed")],
  'H2-11': [
    502,
    say(
      '目标违反了 HTTP/2 协议或发送了过多的帧，与它的连接已关闭',
      'the target broke the protocol HTTP/2, or flooded the connection, which was closed',
    ),
  ],
  'H2-12': [
    505,
    say(
      '目标不提供 HTTP/2；网关从不在版本之间转换',
      'the target does not offer HTTP/2, and the gateway never translates between versions',
    ),
  ],
  'H2-13': [
    501,
    say(
      '目标未启用经 HTTP/2 的 WebSocket（扩展 CONNECT）',
      'the target has not enabled WebSocket over HTTP/2 (extended CONNECT)',
    ),
  ],
  'H2-14': [400, say('HTTP/2 隧道内不接受普通 CONNECT', 'inside a tunnel of HTTP/2 there is no plain CONNECT')],
} as const satisfies { readonly [rule: string]: readonly [number, Text] }

export type Http2Rule = keyof typeof http2Rules
export const isHttp2Rule = (rule: string): rule is Http2Rule => Object.hasOwn(http2Rules, rule)
