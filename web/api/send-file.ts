import type { AttachmentView } from '@zhongheng/contracts/http/attachments.ts'
import { addressOf, call } from './call.ts'
import { problemOf, unreachable } from './problem.ts'

/**
 * Uploads one file that is to be attached: announced, then its bytes. `fetch` does not tell how much has left, so this is the older way.
 * @param told share of the bytes that have left, 0 to 1; the server then still looks into the file
 * @throws ApiProblem what the server refused; AbortError when it was cancelled
 */
export async function sendFile(
  engagementId: string,
  file: File,
  told: (share: number) => void,
  signal: AbortSignal,
): Promise<AttachmentView> {
  const { attachmentId } = await call('POST /api/engagements/:engagementId/attachments', {
    params: { engagementId },
    body: { name: file.name, size: file.size },
  })
  const params = { engagementId, attachmentId }
  const address = addressOf('PUT /api/engagements/:engagementId/attachments/:attachmentId/content', { params })
  const kept = new Promise<AttachmentView>((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('PUT', address)
    request.setRequestHeader('x-zhongheng', '1')
    request.setRequestHeader('content-type', 'application/octet-stream')
    request.responseType = 'json'
    request.upload.addEventListener('progress', ({ loaded, total }) => told(total > 0 ? loaded / total : 0))
    request.addEventListener('load', () => {
      if (request.status === 200) resolve(request.response as AttachmentView)
      else reject(problemOf(request.status, request.response))
    })
    request.addEventListener('error', () => reject(unreachable()))
    request.addEventListener('abort', () => reject(new DOMException('cancelled', 'AbortError')))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
  return kept.catch((error: unknown) => {
    // One that came to nothing counts no longer; the platform removes it after a day anyway.
    call('DELETE /api/engagements/:engagementId/attachments/:attachmentId', { params }).catch(() => undefined)
    throw error
  })
}
