import { type CapturedExchange, type CaptureForm, type Pieces, heldBytes } from './capture.ts'
import { asText, base64Of } from './content.ts'
import { type Message, heldBody, readMessage } from './message.ts'

/**
 * One JSON object a line: the facts of the list, and each side with head, fields and content. A content that is text of at
 * most 1 MiB stands in `text`, any other in `base64`; both as sent, not unpacked.
 */
export const ndjson: CaptureForm = {
  begin: () => '',
  async *exchange(one: CapturedExchange, _position: number, copy?: string): Pieces {
    yield JSON.stringify(one.row).slice(0, -1)
    // A line may be taken out of the file: each says of which copy it is.
    if (copy !== undefined) yield `,"copy":${JSON.stringify(copy)}`
    for (const side of ['request', 'response'] as const) {
      if (side === 'response' && one.row.kind === 'refusal') continue
      yield `,"${side}":`
      yield* sideOf(await readMessage(one[side](), one.row.httpVersion))
    }
    yield '}\n'
  },
  end: () => '',
}

async function* sideOf(message: Message): Pieces {
  yield `{"first":${JSON.stringify(message.first)},"fields":${JSON.stringify(message.fields)}`
  const { held, rest } = await heldBody(message.body, heldBytes)
  const text = rest === undefined ? asText(held) : null
  if (text !== null) yield `,"text":${JSON.stringify(text)}`
  else {
    yield ',"base64":"'
    yield* base64Of(
      (async function* () {
        yield held
        if (rest !== undefined) yield* rest
      })(),
    )
    yield '"'
  }
  if (message.trailers.length > 0) yield `,"trailers":${JSON.stringify(message.trailers)}`
  yield '}'
}
