import { join, resolve } from 'node:path'

/**
 * A node is one gateway with its recorder. Each recorder gives out the sequences of its own span, so that a sequence alone tells who has the
 * exchange, and nothing has to be agreed on between recorders.
 */
export const nodeSpan = 2 ** 40
/** As many spans as the 48 bits of a sequence hold. */
export const mostNodes = 256

/** The node whose recorder gave out a sequence. */
export const nodeOfSequence = (sequence: number | string | bigint): number => Math.floor(Number(sequence) / nodeSpan)
/** The sequence before the first that a node gives out: where following it begins. */
export const baseOf = (node: number): number => node * nodeSpan

/** `ZH_NODE` of a gateway or recorder, 0 without it. @throws Error naming the variable */
export function readNode(env: { readonly [name: string]: string | undefined }): number {
  const text = env['ZH_NODE'] || '0'
  if (!/^\d{1,3}$/.test(text) || Number(text) >= mostNodes)
    throw new Error(`ZH_NODE must be a whole number from 0 to ${mostNodes - 1}, not “${text}”`)
  return Number(text)
}

/** A node besides number 0, as the server is told of it. */
export type FurtherNode = {
  readonly number: number
  /** Where testers reach its gateway. */
  readonly host: string
  readonly port: number
  /** `ZH_DATA` of its gateway and recorder, on this machine. */
  readonly dataFolder: string
  /** Where their sockets are: `run` in it. */
  readonly runFolder: string
}

/** `ZH_NODES`: further nodes by commas, each `number@host:port=folder`. @throws Error naming the variable */
export function readNodes(env: { readonly [name: string]: string | undefined }): readonly FurtherNode[] {
  const nodes = (env['ZH_NODES'] || '')
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '')
    .map(nodeIn)
  for (const [at, one] of nodes.entries()) {
    const twice = nodes.slice(0, at).find((other) => other.number === one.number || other.runFolder === one.runFolder)
    if (twice !== undefined) throw new Error(`ZH_NODES names node ${one.number} or its folder twice`)
  }
  return nodes
}

function nodeIn(text: string): FurtherNode {
  const found = /^(\d{1,3})@(\[[0-9a-f:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})=(\/.+)$/.exec(text)
  const [number, port] = [Number(found?.[1]), Number(found?.[3])]
  if (found === null || number < 1 || number >= mostNodes || port < 1 || port > 65_535)
    throw new Error(
      `ZH_NODES must be like 1@gw1.example.com:7081=/srv/zhongheng-1, several by comma, with numbers from 1 to ${mostNodes - 1}, not “${text}”`,
    )
  const dataFolder = resolve(found[4] ?? '')
  return { number, host: found[2] ?? '', port, dataFolder, runFolder: join(dataFolder, 'run') }
}
