import { type Code, codes, maxPayload, maxWindow, settingIds } from './frames.ts'
import { tableBytes } from './hpack/decoder.ts'

/** What one SETTINGS frame changes. */
export type SettingsChange = {
  readonly concurrentStreams?: number
  readonly initialWindow?: number
  readonly connectProtocol?: boolean
  /** The other side wants a smaller header table than the default. */
  readonly smallerTable?: true
}

/** Reads the payload of SETTINGS (a multiple of 6 bytes), or says what is out of its range. Unknown settings are passed over. */
export function readSettings(payload: Buffer): SettingsChange | { readonly code: Code; readonly what: string } {
  const change: { -readonly [key in keyof SettingsChange]: SettingsChange[key] } = {}
  const outOfRange = (code: Code) => ({ code, what: 'a setting out of its range' })
  for (let at = 0; at < payload.length; at += 6) {
    const value = payload.readUInt32BE(at + 2)
    switch (payload.readUInt16BE(at)) {
      case settingIds.tableSize:
        if (value < tableBytes) change.smallerTable = true
        break
      case settingIds.enablePush:
        if (value > 1) return outOfRange(codes.protocol)
        break
      case settingIds.concurrentStreams:
        change.concurrentStreams = value
        break
      case settingIds.initialWindow:
        if (value > maxWindow) return outOfRange(codes.flowControl)
        change.initialWindow = value
        break
      case settingIds.frameSize:
        if (value < maxPayload || value > 0xff_ffff) return outOfRange(codes.protocol)
        break
      case settingIds.connectProtocol:
        if (value > 1) return outOfRange(codes.protocol)
        change.connectProtocol = value === 1
        break
    }
  }
  return change
}
