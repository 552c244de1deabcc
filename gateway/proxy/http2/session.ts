import type { Socket } from 'node:net'
import { Budget, type Spending } from './budget.ts'
import { Credit, grantedWindow } from './credit.ts'
import {
  type Code,
  codes,
  defaultWindow,
  type Frame,
  FrameCutter,
  FrameTooLarge,
  flags,
  frameBytes,
  frameTypes,
  goawayFrame,
  headerFrames,
  maxWindow,
  preface,
  resetFrame,
  settingIds,
  settingsFrame,
  windowFrame,
} from './frames.ts'
import { HpackDecoder, HpackFault } from './hpack/decoder.ts'
import { Outlet } from './outlet.ts'
import { readSettings } from './remote-settings.ts'
import { Sender } from './sender.ts'
import { type Piece, Stream } from './stream.ts'

/** Why a session had to end: the other side broke the protocol, or spent more than it may. */
export type SessionFault = { readonly kind: 'broken' | 'flood'; readonly code: Code; readonly what: string }

export interface SessionOwner {
  /** A new request (server side). `head` is its first piece, not given again. */
  opened(stream: Stream, head: Piece & { readonly kind: 'head' }): void
  /** The session ends itself now. */
  fault(fault: SessionFault): void
  /** A stream may be opened that could not before, or none any more: settings, GOAWAY, an ended stream, the end. */
  changed(): void
  /** A frame of a kind that is not passed on. */
  extension(type: number): void
}

/** Lists of 64 KiB and 1000 fields, as text; see RFC 9113 6.5.2 for how they are counted. */
export const listLimits = { bytes: 64 * 1024, fields: 1000 } as const
/** A header block as it travels, and the frames it may come in. */
const blockLimits = { bytes: 128 * 1024, frames: 32 } as const
/** Header lists of one stream: informational ones, the answer, trailers. */
const headsOfStream = 64
/** Streams open at a time that we allow a tester. */
export const concurrentStreams = 128
/** For the other side to read why it is cut (ms). */
const farewell = 300

type Block = { stream: number; end: boolean; parts: Buffer[]; size: number; since: number }

/**
 * One side of one HTTP/2 connection, as server or as client (RFC 9113). It keeps frames, header tables, windows and limits;
 * what requests and answers mean is its owner's matter. Nothing is sent compressed, pushed or prioritised.
 */
export class Session {
  /** What the other side allows and can. */
  remote = { concurrentStreams: 100, connectProtocol: false, settled: false }
  /** The other side takes no new streams. */
  draining = false
  gone = false
  readonly #socket: Socket
  readonly #role: 'server' | 'client'
  readonly #owner: SessionOwner
  readonly #now: () => number
  readonly #budget: Budget
  readonly #cutter = new FrameCutter()
  readonly #decoder = new HpackDecoder(listLimits.bytes, listLimits.fields)
  readonly #streams = new Map<number, Stream>()
  readonly #outlet: Outlet
  readonly #sender: Sender
  readonly #credit: Credit
  #prefaceLeft: number
  #block: Block | null = null
  #highest = 0
  #nextId = 1
  #initialWindow = defaultWindow
  /** The other side lowered the table: our next block says that we use none (RFC 7541 4.2). */
  #tellTable = false
  #closing = false
  readonly #began: number

  /** @param now monotonic ms */
  constructor(socket: Socket, role: 'server' | 'client', owner: SessionOwner, now: () => number) {
    this.#socket = socket
    this.#role = role
    this.#owner = owner
    this.#now = now
    this.#began = now()
    this.#budget = new Budget(now)
    this.#prefaceLeft = role === 'server' ? preface.length : 0
    this.#outlet = new Outlet(socket, () => this.#sender.wakeAll())
    this.#sender = new Sender(this.#outlet, {
      gone: () => this.gone,
      ended: (stream) => this.#endLocal(stream),
      earned: () => this.#budget.earn(),
    })
    this.#credit = new Credit((bytes) => this.#write(windowFrame(0, bytes)))
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', () => socket.destroy())
    socket.on('end', () => this.#lost())
    socket.on('close', () => this.#lost())
    if (role === 'client') this.#write(preface)
    this.#write(
      settingsFrame([
        role === 'server' ? [settingIds.concurrentStreams, concurrentStreams] : [settingIds.enablePush, 0],
        [settingIds.initialWindow, grantedWindow.stream],
        [settingIds.headerListSize, listLimits.bytes],
      ]),
    )
    this.#write(windowFrame(0, grantedWindow.session - defaultWindow))
    socket.resume()
  }

  get open(): number {
    return this.#streams.size
  }

  /** Whether one more request may be opened now. */
  get hasRoom(): boolean {
    return this.usable && this.#streams.size < this.remote.concurrentStreams
  }

  get usable(): boolean {
    return !this.gone && !this.#closing && !this.draining && this.#nextId < maxWindow
  }

  /** Begins to read what came before this session was there. */
  feed(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) this.#take(chunk)
  }

  /** Opens a stream with its head (client side). The owner looked at `hasRoom`. */
  request(block: Buffer, end: boolean): Stream {
    const stream = new Stream(this, this.#nextId, this.#initialWindow, grantedWindow.stream)
    this.#nextId += 2
    this.#highest = stream.id
    this.#streams.set(stream.id, stream)
    this.sendHead(stream, block, end)
    return stream
  }

  /** Tells the tester that the target takes WebSockets over HTTP/2 (RFC 8441). */
  allowConnectProtocol(): void {
    this.#write(settingsFrame([[settingIds.connectProtocol, 1]]))
  }

  sendHead(stream: Stream, block: Buffer, end: boolean): boolean {
    if (this.gone || stream.reset || stream.localEnded) return false
    const told = this.#tellTable ? Buffer.concat([Buffer.from([0x20]), block]) : block
    this.#tellTable = false
    this.#write(headerFrames(stream.id, told, end))
    this.#budget.earn()
    if (end) this.#endLocal(stream)
    return true
  }

  sendData(stream: Stream, bytes: Buffer, end: boolean): boolean | Promise<boolean> {
    return this.#sender.send(stream, bytes, end)
  }

  sendReset(stream: Stream, code: number): void {
    if (this.gone || stream.reset || !this.#streams.has(stream.id)) return
    this.#write(resetFrame(stream.id, code))
    this.#finish(stream)
  }

  consumed(stream: Stream, bytes: number): void {
    const left = Math.min(bytes, stream.held)
    stream.held -= left
    this.#credit.release(left)
    if (this.gone || stream.reset || stream.remoteEnded) return
    stream.owed += bytes
    if (stream.owed < grantedWindow.stream / 2) return
    this.#write(windowFrame(stream.id, stream.owed))
    stream.receiveWindow += stream.owed
    stream.owed = 0
  }

  /** Lets go of a stream: what it still holds is dropped, and it is cancelled when it has not ended. */
  discard(stream: Stream): void {
    this.#credit.release(stream.drop())
    if (!stream.closed) this.sendReset(stream, codes.cancel)
  }

  /** Says goodbye and ends. Streams that are open end with it. @param debug shown by many clients */
  close(code: Code, debug = ''): void {
    if (this.gone || this.#closing) return
    this.#closing = true
    this.#write(goawayFrame(this.#role === 'server' ? this.#highest : 0, code, debug))
    this.#outlet.flush()
    this.#socket.end()
    setTimeout(() => this.#socket.destroy(), farewell).unref()
    this.#endStreams()
  }

  destroy(): void {
    this.#socket.destroy()
    this.#lost()
  }

  /** Ends a header block or a beginning that does not come to its end. @param patience ms */
  sweep(now: number, patience: number): void {
    if (this.#block !== null && now - this.#block.since > patience)
      this.#fail('broken', codes.protocol, 'a header block without end')
    if (!this.remote.settled && now - this.#began > patience) this.#fail('broken', codes.protocol, 'no settings came')
  }

  #fail(kind: SessionFault['kind'], code: Code, what: string): false {
    if (this.gone || this.#closing) return false
    this.#owner.fault({ kind, code, what })
    this.close(code, what)
    return false
  }

  #spend(spending: Spending, what: string, cost = 1): boolean {
    return this.#budget.spend(spending, cost) || this.#fail('flood', codes.calm, what)
  }

  #take(chunk: Buffer): void {
    if (this.gone || this.#closing) return
    let rest = chunk
    if (this.#prefaceLeft > 0) {
      const part = rest.subarray(0, this.#prefaceLeft)
      const from = preface.length - this.#prefaceLeft
      if (!part.equals(preface.subarray(from, from + part.length))) {
        this.#fail('broken', codes.protocol, 'the connection does not begin as HTTP/2 does')
        return
      }
      this.#prefaceLeft -= part.length
      rest = rest.subarray(part.length)
    }
    try {
      this.#cutter.push(rest, (frame) => this.#handle(frame))
    } catch (error) {
      if (error instanceof FrameTooLarge) this.#fail('broken', codes.frameSize, 'a frame over 16,384 bytes')
      else if (error instanceof HpackFault) this.#fail('broken', codes.compression, error.message)
      else throw error
    }
  }

  #handle(frame: Frame): boolean {
    if (!this.remote.settled && frame.type !== frameTypes.settings)
      return this.#fail('broken', codes.protocol, 'the first frame is not SETTINGS')
    if (this.#block !== null && (frame.type !== frameTypes.continuation || frame.stream !== this.#block.stream))
      return this.#fail('broken', codes.protocol, 'another frame inside a header block')
    switch (frame.type) {
      case frameTypes.data:
        return this.#data(frame)
      case frameTypes.headers:
        return this.#headers(frame)
      case frameTypes.continuation:
        return this.#continuation(frame)
      case frameTypes.reset:
        return this.#reset(frame)
      case frameTypes.settings:
        return this.#settings(frame)
      case frameTypes.ping:
        return this.#ping(frame)
      case frameTypes.window:
        return this.#window(frame)
      case frameTypes.goaway:
        return this.#goaway(frame)
      case frameTypes.push:
        return this.#fail('broken', codes.protocol, 'a push, which was turned off')
      case frameTypes.priority:
        if (frame.stream === 0) return this.#fail('broken', codes.protocol, 'PRIORITY without a stream')
        return this.#spend('idle', 'too many PRIORITY frames')
      default:
        this.#owner.extension(frame.type)
        return this.#spend('idle', 'too many frames of unknown kinds')
    }
  }

  #data({ stream: id, flags: flag, payload }: Frame): boolean {
    if (id === 0 || id > this.#highest) return this.#fail('broken', codes.protocol, 'DATA on a stream that is not open')
    const bytes = unpadded(payload, flag)
    if (bytes === null) return this.#fail('broken', codes.protocol, 'padding longer than its frame')
    if (!this.#credit.spend(payload.length))
      return this.#fail('broken', codes.flowControl, 'more data than the window allows')
    const end = (flag & flags.endStream) !== 0
    if (bytes.length > 0) this.#budget.earn()
    if (bytes.length === 0 && !end && !this.#spend('idle', 'too many empty DATA frames')) return false
    const stream = this.#streams.get(id)
    if (stream === undefined || stream.remoteEnded) {
      this.#credit.back(payload.length)
      if (stream !== undefined) this.sendReset(stream, codes.streamClosed)
      return this.#spend('idle', 'too much data on closed streams')
    }
    stream.receiveWindow -= payload.length
    if (stream.receiveWindow < 0) {
      this.#credit.back(payload.length)
      this.sendReset(stream, codes.flowControl)
      return this.#spend('idle', 'more data than the windows allow', 100)
    }
    const padding = payload.length - bytes.length
    if (padding > 0) {
      this.#credit.back(padding)
      stream.owed += padding
    }
    this.#credit.hold(bytes.length)
    if (end) stream.remoteEnded = true
    stream.deliver({ kind: 'data', bytes, end })
    if (end) this.#endIfBoth(stream)
    return !this.gone
  }

  #headers({ stream: id, flags: flag, payload }: Frame): boolean {
    if (id === 0 || (this.#role === 'client' ? id > this.#highest : id % 2 === 0))
      return this.#fail('broken', codes.protocol, 'HEADERS on a stream that cannot be')
    const inner = unpadded(payload, flag)
    const skip = (flag & flags.priority) === 0 ? 0 : 5
    if (inner === null || inner.length < skip) return this.#fail('broken', codes.protocol, 'a HEADERS frame cut short')
    const part = inner.subarray(skip)
    const end = (flag & flags.endStream) !== 0
    if ((flag & flags.endHeaders) !== 0) return this.#list(id, end, part)
    this.#block = { stream: id, end, parts: [part], size: part.length, since: this.#now() }
    return true
  }

  #continuation({ flags: flag, payload }: Frame): boolean {
    const block = this.#block
    if (block === null) return this.#fail('broken', codes.protocol, 'CONTINUATION without HEADERS')
    block.parts.push(payload)
    block.size += payload.length
    if (block.size > blockLimits.bytes || block.parts.length > blockLimits.frames)
      return this.#fail('flood', codes.calm, 'a header block without measure')
    if ((flag & flags.endHeaders) === 0) return true
    this.#block = null
    return this.#list(block.stream, block.end, Buffer.concat(block.parts))
  }

  #list(id: number, end: boolean, block: Buffer): boolean {
    // Also for a stream that nobody wants any more: the tables of both sides must stay alike.
    const { fields, over } = this.#decoder.decode(block)
    const piece = { kind: 'head', fields, over, end } as const
    const stream = this.#streams.get(id)
    if (stream === undefined) {
      if (id <= this.#highest) return this.#spend('idle', 'too many HEADERS on closed streams', 5)
      this.#highest = id
      if (this.#streams.size >= concurrentStreams || this.#closing) {
        this.#write(resetFrame(id, codes.refusedStream))
        return this.#spend('excess', `more than ${concurrentStreams} streams at a time`)
      }
      const opened = new Stream(this, id, this.#initialWindow, grantedWindow.stream)
      opened.remoteEnded = end
      opened.heads = 1
      this.#streams.set(id, opened)
      this.#budget.earn()
      this.#owner.opened(opened, piece)
      return !this.gone
    }
    if (stream.remoteEnded) {
      this.sendReset(stream, codes.streamClosed)
      return this.#spend('idle', 'too many HEADERS on closed streams', 5)
    }
    stream.heads += 1
    if (stream.heads > headsOfStream) return this.#fail('flood', codes.calm, 'too many header lists on one stream')
    if (end) stream.remoteEnded = true
    stream.deliver(piece)
    if (end) this.#endIfBoth(stream)
    return !this.gone
  }

  #reset({ stream: id, payload }: Frame): boolean {
    if (payload.length !== 4) return this.#fail('broken', codes.frameSize, 'RST_STREAM of a wrong size')
    if (id === 0 || id > this.#highest) return this.#fail('broken', codes.protocol, 'RST_STREAM on an idle stream')
    // A target answers as it likes to what was asked of it; only a tester can open streams to cancel them.
    if (!this.#spend(this.#role === 'server' ? 'resets' : 'idle', 'too many streams cancelled')) return false
    const stream = this.#streams.get(id)
    if (stream !== undefined) this.#resetBy(stream, payload.readUInt32BE(0))
    return !this.gone
  }

  #resetBy(stream: Stream, code: number): void {
    const { onReset } = stream
    if (onReset !== null) {
      this.#finish(stream)
      onReset(code)
      return
    }
    stream.deliver({ kind: 'reset', code })
    this.#finish(stream, true)
  }

  #settings({ stream, flags: flag, payload }: Frame): boolean {
    if (stream !== 0) return this.#fail('broken', codes.protocol, 'SETTINGS on a stream')
    if ((flag & flags.ack) !== 0) {
      if (payload.length !== 0) return this.#fail('broken', codes.frameSize, 'SETTINGS of a wrong size')
      return this.#spend('settings', 'too many SETTINGS frames')
    }
    if (payload.length % 6 !== 0) return this.#fail('broken', codes.frameSize, 'SETTINGS of a wrong size')
    if (!this.#spend('settings', 'too many SETTINGS frames')) return false
    const change = readSettings(payload)
    if ('code' in change) return this.#fail('broken', change.code, change.what)
    if (change.smallerTable) this.#tellTable = true
    if (change.initialWindow !== undefined && !this.#resize(change.initialWindow))
      return this.#fail('broken', codes.flowControl, 'a window out of its range')
    this.remote = {
      concurrentStreams: change.concurrentStreams ?? this.remote.concurrentStreams,
      connectProtocol: change.connectProtocol ?? this.remote.connectProtocol,
      settled: true,
    }
    this.#write(frameBytes(frameTypes.settings, flags.ack, 0, Buffer.alloc(0)))
    this.#sender.wakeAll()
    this.#owner.changed()
    return !this.gone
  }

  /** Another window for every stream, also for those that are open (RFC 9113 6.9.2). */
  #resize(window: number): boolean {
    for (const one of this.#streams.values()) {
      one.sendWindow += window - this.#initialWindow
      if (one.sendWindow > maxWindow) return false
    }
    this.#initialWindow = window
    return true
  }

  #ping({ stream, flags: flag, payload }: Frame): boolean {
    if (stream !== 0) return this.#fail('broken', codes.protocol, 'PING on a stream')
    if (payload.length !== 8) return this.#fail('broken', codes.frameSize, 'PING of a wrong size')
    if (!this.#spend('pings', 'too many PING frames')) return false
    if ((flag & flags.ack) === 0) this.#write(frameBytes(frameTypes.ping, flags.ack, 0, payload))
    return true
  }

  #window({ stream: id, payload }: Frame): boolean {
    if (payload.length !== 4) return this.#fail('broken', codes.frameSize, 'WINDOW_UPDATE of a wrong size')
    if (!this.#spend('idle', 'too many WINDOW_UPDATE frames')) return false
    const increment = payload.readUInt32BE(0) & maxWindow
    if (id > this.#highest) return this.#fail('broken', codes.protocol, 'WINDOW_UPDATE on an idle stream')
    if (id === 0) {
      const fine = increment > 0 && this.#sender.raise(increment)
      const code = increment === 0 ? codes.protocol : codes.flowControl
      return fine || this.#fail('broken', code, 'a window out of its range')
    }
    const stream = this.#streams.get(id)
    if (stream === undefined) return true
    stream.sendWindow += increment
    if (increment === 0 || stream.sendWindow > maxWindow) {
      const code = increment === 0 ? codes.protocol : codes.flowControl
      this.sendReset(stream, code)
      stream.onReset?.(code)
    } else this.#sender.wake(stream)
    return true
  }

  #goaway({ stream, payload }: Frame): boolean {
    if (stream !== 0 || payload.length < 8) return this.#fail('broken', codes.protocol, 'a malformed GOAWAY')
    if (!this.#spend('settings', 'too many GOAWAY frames')) return false
    this.draining = true
    const last = payload.readUInt32BE(0) & maxWindow
    if (this.#role === 'client') {
      // The target promises that it did nothing with these: the tester's tool may send them again.
      for (const one of this.#streams.values()) if (one.id > last) this.#resetBy(one, codes.refusedStream)
    }
    this.#owner.changed()
    return !this.gone
  }

  #endLocal(stream: Stream): void {
    stream.localEnded = true
    this.#endIfBoth(stream)
  }

  #endIfBoth(stream: Stream): void {
    if (!stream.closed || !this.#streams.delete(stream.id)) return
    stream.wake()
    this.#owner.changed()
  }

  /** @param keep leaves what came before the end to be taken */
  #finish(stream: Stream, keep = false): void {
    stream.reset = true
    if (!keep) this.#credit.release(stream.drop())
    this.#streams.delete(stream.id)
    stream.wake()
    this.#sender.wake(stream)
    this.#owner.changed()
  }

  #write(bytes: Buffer): void {
    if (!this.gone) this.#outlet.write(bytes)
  }

  #lost(): void {
    if (this.gone) return
    this.gone = true
    this.#outlet.drop()
    this.#endStreams()
    this.#socket.destroy()
    this.#owner.changed()
  }

  #endStreams(): void {
    for (const stream of this.#streams.values()) {
      // What a target sent before it went is still passed on.
      this.#finish(stream, this.#role === 'client')
      stream.onReset?.(null)
    }
  }
}

/** The payload without its padding; null when that is longer than the frame. */
function unpadded(payload: Buffer, flag: number): Buffer | null {
  if ((flag & flags.padded) === 0) return payload
  const padding = payload[0] ?? payload.length
  return padding >= payload.length ? null : payload.subarray(1, payload.length - padding)
}
