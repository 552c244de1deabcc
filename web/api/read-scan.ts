import type { ScanPreview } from '@zhongheng/contracts/http/imports.ts'
import { withoutHarmlessDoctype } from '@zhongheng/contracts/records/import-files.ts'
import { addressOf } from './call.ts'
import { problemOf, unreachable } from './problem.ts'

/** Bytes in which a declaration of the type stands, if there is one. */
const headBytes = 64 * 1024

/**
 * Has a scanner's file read. Nothing of it is kept by the platform.
 * @throws ApiProblem what the server refused; AbortError when it was cancelled
 */
export async function readScanFile(engagementId: string, file: File, signal: AbortSignal): Promise<ScanPreview> {
  const address = addressOf('PUT /api/engagements/:engagementId/imports/preview', { params: { engagementId } })
  const body = await prepared(file)
  const answer = await fetch(address, {
    method: 'PUT',
    headers: { 'x-zhongheng': '1', 'content-type': 'application/octet-stream', accept: 'application/json' },
    credentials: 'same-origin',
    body,
    signal,
  }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw unreachable()
  })
  const reply: unknown = await answer.json().catch(() => undefined)
  if (!answer.ok || reply === undefined) throw problemOf(answer.status, reply)
  return reply as ScanPreview
}

/** The file without the declarations that Nmap and Burp always write and the server never takes. */
async function prepared(file: File): Promise<Blob> {
  const bytes = new Uint8Array(await file.slice(0, headBytes).arrayBuffer())
  // One character a byte, whatever the encoding: what is looked for is plain.
  const head = [...bytes].map((byte) => String.fromCharCode(byte)).join('')
  const plain = withoutHarmlessDoctype(head)
  if (plain === head) return file
  return new Blob([Uint8Array.from(plain, (sign) => sign.charCodeAt(0)), file.slice(headBytes)])
}
