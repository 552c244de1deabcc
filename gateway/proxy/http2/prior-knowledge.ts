import { codes, goawayFrame, preface, settingsFrame } from './frames.ts'

/** Whether somebody begins to speak HTTP/2 without having asked (RFC 9113 3.3). */
export const speaksHttp2 = (first: Buffer): boolean => first.subarray(0, 14).equals(preface.subarray(0, 14))

/** Says in HTTP/2 itself that a proxy is spoken to in HTTP/1.1; clients show the text. */
export const noHttp2Here = (): Buffer =>
  Buffer.concat([
    settingsFrame([]),
    goawayFrame(
      0,
      codes.http11Required,
      '此端口是代理：请用 HTTP/1.1 的 CONNECT 打开隧道，在隧道内使用 HTTP/2。This port is a proxy: open a tunnel with CONNECT of HTTP/1.1 and speak HTTP/2 inside it.',
    ),
  ])
