import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Stage, openStage } from '@zhongheng/testing/scenes/stage.ts'
import { buildVerifier, verifierFiles } from '@zhongheng/tools/build-verifier.ts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let stage: Stage
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zh-web-'))
  await buildVerifier(join(folder, 'verifier'))
  stage = await openStage({ settings: { webFolder: folder } })
})
afterAll(async () => {
  await stage.close()
  await rm(folder, { recursive: true })
})

describe('the verifier that people download', () => {
  it.each(verifierFiles)('comes as a file to keep, to anybody: %s', async (name) => {
    const answer = await fetch(`${stage.base}/verifier/${name}`)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-disposition')).toBe(`attachment; filename="${name}"`)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await answer.text()).toContain('Zhongheng, Apache-2.0')
  })

  it.each(['/verifier/', '/verifier/other.mjs', '/verifier/..%2findex.html'])('is nothing else: %s', async (path) => {
    expect((await fetch(stage.base + path)).status).toBe(404)
  })
})
