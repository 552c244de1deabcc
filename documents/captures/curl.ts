import { type CapturedExchange, type CaptureForm, type Pieces, carriesHttp, urlOf } from './capture.ts'
import { asText, base64Of } from './content.ts'
import { type Message, heldBody, readMessage } from './message.ts'

/**
 * A shell script with one curl command for each exchange, which sends the same request again: same line, same fields in
 * the same order (curl puts Host first), same body. `ZH_PROXY` in the environment names the proxy, so that nothing
 * leaves by accident around the gateway; the script stops without it.
 */
export const curlScript: CaptureForm = {
  begin: (_at, copy) =>
    `#!/bin/sh\n${copy === undefined ? '' : `# ${copy}\n`}` +
    "# ZH_PROXY='http://NAME:SECRET@GATEWAY:PORT' of a lease, or '' to go without a proxy.\nset -eu\n: \"${ZH_PROXY?name the gateway in ZH_PROXY}\"\n",
  async *exchange(one: CapturedExchange): Pieces {
    if (!carriesHttp(one) || one.row.kind === 'websocket') return
    yield `\n# ${one.row.exchangeId} ${one.row.startedAt}\n`
    yield* curlCommand(one, ' --proxy "$ZH_PROXY"')
    yield '\n'
  },
  end: () => '',
}

/** In single quotes a shell reads every character as it stands. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** Bodies longer than this (bytes) do not become an argument. */
const longestArgument = 64 * 1024

/** One command. @param more options for the shell as they stand, before the others */
export async function* curlCommand(one: CapturedExchange, more = ''): Pieces {
  const message = await readMessage(one.request(), one.row.httpVersion)
  const { held, rest } = await heldBody(message.body, longestArgument)
  const text = rest === undefined ? asText(held) : null
  // Heads have one character per byte here and are written as those bytes.
  const command = Buffer.from(`curl${more} ${wordsOf(one.row, message).join(' ')}`, 'latin1')
  if (rest === undefined && held.length === 0) yield command
  // A text that begins with @ would name a file.
  else if (text !== null && !text.startsWith('@') && !text.includes('\r')) {
    yield command
    yield ` --data-binary ${quoted(text)}`
  } else {
    yield "base64 -d <<'END_OF_BODY' | "
    yield command
    yield ' --data-binary @-\n'
    yield* base64Of(both(held, rest), 76)
    yield '\nEND_OF_BODY'
  }
}

async function* both(held: Buffer, rest: AsyncIterable<Uint8Array> | undefined): AsyncGenerator<Uint8Array> {
  yield held
  if (rest !== undefined) yield* rest
}

/** What curl adds by itself and is told not to, where the request had none. */
const added = ['User-Agent', 'Accept', 'Content-Type', 'Expect'] as const

function wordsOf(row: CapturedExchange['row'], message: Message): string[] {
  const version = row.httpVersion === '2' ? '--http2' : message.first.endsWith(' HTTP/1.0') ? '--http1.0' : '--http1.1'
  const has = (name: string): boolean => message.fields.some((field) => field.name.toLowerCase() === name.toLowerCase())
  // Where HTTP/2 is spoken the name in the address becomes :authority.
  const lines = message.lines.filter((line) => row.httpVersion === null || !/^host:/i.test(line))
  const plain = /^\/[\x21-\x7e]*$/.test(row.path) && !row.path.includes('#')
  const url = urlOf(row)
  return [
    version,
    // With -X HEAD curl would wait for a body.
    row.method === 'HEAD' ? '--head' : `-X ${quoted(row.method)}`,
    '--path-as-is --globoff',
    // What curl would not send as it stands, it is told to.
    ...(plain ? [] : [`--request-target ${quoted(targetOf(message))}`]),
    quoted(plain ? url : `${url.slice(0, url.length - row.path.length)}/`),
    ...lines.map((line) => `-H ${quoted(fieldWord(line))}`),
    ...added.filter((name) => !has(name)).map((name) => `-H ${quoted(`${name}:`)}`),
  ]
}

const targetOf = ({ first }: Message): string => /^\S+ (.*) HTTP\/\S+$/.exec(first)?.[1] ?? '/'
/** `Name;` is how curl is told to send a field without a value. */
const fieldWord = (line: string): string => line.replace(/^([^:]*):\s*$/, '$1;')
