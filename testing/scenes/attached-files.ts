import { request } from 'node:http'
import type { Person } from '@zhongheng/tools/demo/person.ts'

/** Announces a file. @returns its id */
export async function announceFile(person: Person, engagementId: string, name: string, size: number): Promise<string> {
  const given = { params: { engagementId }, body: { name, size } }
  return (await person.call('POST /api/engagements/:engagementId/attachments', given)).attachmentId
}

/** Sends the bytes of an announced file. @returns the answer, whatever it is */
export const sendBytes = (
  person: Person,
  engagementId: string,
  attachmentId: string,
  bytes: Uint8Array,
): Promise<Response> =>
  person.fetch('PUT /api/engagements/:engagementId/attachments/:attachmentId/content', {
    params: { engagementId, attachmentId },
    bytes,
  })

/** Uploads a file, which is then to be attached. @returns its id */
export async function uploadFile(
  person: Person,
  engagementId: string,
  name: string,
  bytes: Uint8Array,
): Promise<string> {
  const attachmentId = await announceFile(person, engagementId, name, bytes.length)
  const sent = await sendBytes(person, engagementId, attachmentId, bytes)
  if (!sent.ok) throw new Error(`${name}: ${sent.status} ${await sent.text()}`)
  return attachmentId
}

/** The address from which somebody downloads a file. */
export const linkTo = async (person: Person, engagementId: string, attachmentId: string): Promise<string> =>
  (
    await person.call('POST /api/engagements/:engagementId/attachments/:attachmentId/links', {
      params: { engagementId, attachmentId },
    })
  ).url

/** Asks the other origin: its name in the Host line, on the listener of `base`. */
export function download(
  base: string,
  url: string,
  host = new URL(url).host,
): Promise<{ status: number; headers: Record<string, unknown>; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const asked = request(`${base}${new URL(url).pathname}`, { headers: { host } }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      )
    })
    asked.on('error', reject)
    asked.end()
  })
}
